// An OpenID provider for the tests of single sign-on: `node provider.mjs PORT CLIENT_JSON ACCOUNTS_JSON`.
// Accounts are {login: {email, email_verified}}; its log-in page takes any password.
import Provider from "oidc-provider";

const [port, client, accounts] = process.argv.slice(2);
const people = JSON.parse(accounts);

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [JSON.parse(client)],
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
  pkce: { required: () => true },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, name: id, ...people[id] }) }),
  cookies: { keys: ["for tests only"] },
});

provider.listen(Number(port), "127.0.0.1", () => console.log("ready"));
