"""The only door: HTTP in, RPC out; users, departments, roles and sessions.

Owns the identity database. The HTTP workers log people in and pass calls on; the identity service beside them serves
users, departments and roles like any other module and publishes their changes. Listens to its own news for names.
"""

VERSION = "0.1.0"
"""The version of the whole product."""
