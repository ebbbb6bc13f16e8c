"""The house rules that a program can check."""

from __future__ import annotations

import ast
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.contracts import asyncapi, documents, heard
from deploy.parts import SERVICES
from gateway.auth import blueprint
from gateway.modules import MODULES
from gateway.routes import ROUTES
from gateway.rules import NOUNS, PERMISSIONS
from shared.bus import Service
from shared.contracts.base import event_classes
from shared.i18n import LANGUAGES
from shared.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
MAX_LINES, MAX_FUNCTION = 400, 40
# shared/schema.py is the one list of field types; resource.py's __init__ is the one list of what a resource may be given.
LONGER = {"shared/schema.py", "shared/resources/resource.py:__init__"}
INTERNAL = re.compile(r"vouch_\w+|begin_\w+|(get|commit)_import|import_result|count_holdings|ping|(bus|service)_status|(list|retry)_parked")


def sources(*folders: str) -> Iterator[tuple[str, str]]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", *folders], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in sorted(set(listed.stdout.split())):
        if name.endswith(".py") and "/migrations/versions/" not in name and (ROOT / name).exists():
            yield name, (ROOT / name).read_text(encoding="utf-8")


def test_files_and_functions_are_short() -> None:
    long = []
    for name, text in sources("gateway", "services", "shared", "deploy"):
        if text.count("\n") > MAX_LINES and name not in LONGER:
            long.append(name)
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and f"{name}:{node.name}" not in LONGER:
                statements = node.body[1:] if ast.get_docstring(node) else node.body
                if statements and (statements[-1].end_lineno or 0) - statements[0].lineno >= MAX_FUNCTION:
                    long.append(f"{name}:{node.name}")
    assert long == []


def test_a_door_decides_nothing() -> None:
    deciding = []
    for name, text in sources("services", "gateway/service.py"):
        if name.endswith("/service.py"):
            for outer in ast.parse(text).body:
                methods = outer.body if isinstance(outer, ast.ClassDef) else []
                deciding += [f"{name}:{one.name}" for one in methods if any(isinstance(node, (ast.If, ast.For, ast.While)) for node in ast.walk(one)) and isinstance(one, ast.FunctionDef)]  # fmt: skip
    assert deciding == []


def test_rules_use_the_standard_library_alone() -> None:
    foreign = {"flask", "nameko", "sqlalchemy", "marshmallow", "kombu", "pika", "shared", "gateway"}
    for name, text in sources("services", "gateway/rules.py"):
        if name.endswith("/rules.py"):
            for node in ast.walk(ast.parse(text)):
                named = (
                    [node.module or ""]
                    if isinstance(node, ast.ImportFrom)
                    else [one.name for one in node.names]
                    if isinstance(node, ast.Import)
                    else []
                )
                assert not {one.split(".")[0] for one in named} & foreign, name


def test_routes_and_rpcs_meet() -> None:
    published = {f"{service.name}.{name}" for service in SERVICES for name in service.rpcs()}
    routed = {route.rpc for route in ROUTES}
    assert routed - published == set()
    assert {rpc for rpc in published - routed if not INTERNAL.fullmatch(rpc.partition(".")[2])} == set()


def test_no_two_routes_share_an_address() -> None:
    places = [(route.method, re.sub(r"<\w+>", "<>", route.path)) for route in ROUTES]
    assert len(places) == len(set(places))
    assert callable(blueprint)


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_permissions_of_actions_exist(service: type[Service]) -> None:
    for resource in service.resources:
        wanted = {action.permission_of(resource) for action in resource.all_actions} | {f"{resource.permission}:read"}
        assert wanted - PERMISSIONS == set()
    assert {route.may for route in ROUTES if route.may} - PERMISSIONS == set()


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_fields_refer_to_modules_that_there_are(service: type[Service]) -> None:
    fields = [field for resource in service.resources for field in (resource.schema().fields | resource.create_schema().fields).values()]
    assert {field.metadata["reference"] for field in fields if "reference" in field.metadata} - MODULES.keys() == set()


def test_every_permission_opens_something() -> None:
    used = {route.may for route in ROUTES} | {
        action.permission_of(resource) for service in SERVICES for resource in service.resources for action in resource.all_actions
    }  # fmt: skip
    checked = {f"{resource.permission}:assign" for service in SERVICES for resource in service.resources} | {"module:share_views"}
    pool = {f"pool:{verb}" for verb in NOUNS["pool"]}
    assert PERMISSIONS - used - checked - pool == set()


AWAITED_EVENTS = {"activity.reminder_created"}
"""Published language that the next part of the product speaks: reminders told to other services."""


def test_generated_files_are_fresh() -> None:
    stale = [str(path.relative_to(ROOT)) for path, text in documents().items() if path.read_text(encoding="utf-8") != text]
    assert stale == []


def test_events_are_described_published_and_heard() -> None:
    document = asyncapi()
    assert document["asyncapi"] == "3.0.0"
    names = {f"{publisher}.{name}" for publisher, name in event_classes()}
    assert set(document["channels"]) == set(document["components"]["messages"]) == names
    for full, channel in document["channels"].items():
        publisher, _, name = full.partition(".")
        assert channel["address"] == f"{publisher}.events/{name}"
        assert channel["messages"] == {name: {"$ref": f"#/components/messages/{full}"}}
        operation = document["operations"][f"publish_{full}"]
        assert (operation["action"], operation["channel"]) == ("send", {"$ref": f"#/channels/{full}"})
        shape = document["components"]["messages"][full]["payload"]
        assert set(shape["required"]) == set(shape["properties"])
    listened = {(publisher, name) for service in SERVICES for publisher, name in service.subscriptions()}
    assert {
        (publisher, name) for publisher, found in json.loads((ROOT / "shared/contracts/heard.json").read_text()).items() for name in found
    } == listened
    assert heard() == json.loads((ROOT / "shared/contracts/heard.json").read_text())


def test_every_event_is_published_by_its_service() -> None:
    homes = {service.name: service.package().replace(".", "/") for service in SERVICES}
    for (publisher, name), event in event_classes().items():
        if f"{publisher}.{name}" in AWAITED_EVENTS:
            continue
        text = "\n".join(body for _, body in sources(homes[publisher]))
        assert re.search(rf"\b{event.__name__}\b", text), f"nobody publishes {publisher}.{name}"


def packages() -> list[Path]:
    return sorted(path.parent for path in ROOT.glob("**/texts/en.json") if ".venv" not in path.parts and "node_modules" not in path.parts)


@pytest.mark.parametrize("folder", packages(), ids=lambda folder: str(folder.relative_to(ROOT)))
def test_texts_are_there_in_three_languages(folder: Path) -> None:
    texts = {language: json.loads((folder / f"{language}.json").read_text(encoding="utf-8")) for language in LANGUAGES}
    flat = {
        language: {(section, key): text for section, entries in found.items() for key, text in entries.items()}
        for language, found in texts.items()
    }
    assert flat["en"].keys() == flat["zh-CN"].keys() == flat["zh-TW"].keys()
    for key, text in flat["en"].items():
        holes = {language: set(re.findall(r"\{\w+\}", found[key])) for language, found in flat.items()}
        assert holes["en"] == holes["zh-CN"] == holes["zh-TW"], key
        assert all(found[key].strip() for found in flat.values()), key
        assert "language" in key[1] or not re.search(r"[\u4e00-\u9fff]", text), key
        # A value has its percent sign itself.
        assert key[0] != "fields" or not any(re.search("[%％]", found[key]) for found in flat.values()), key


CHINESE = re.compile(r"[\u3400-\u9fff]")
OWN_LETTERS = {"zh-CN": "gb2312", "zh-TW": "big5"}
"""The two older encodings hold the letters of one script each."""

HALF_WIDTH = re.compile(r"(?<=[\u3400-\u9fff}])[,:;!?()]|[(](?=[\u3400-\u9fff])")


@pytest.mark.parametrize("language", OWN_LETTERS)
def test_chinese_texts_keep_to_their_script_and_its_punctuation(language: str) -> None:
    wrong = []
    for file in (*(folder / f"{language}.json" for folder in packages()), *(ROOT / "web/src/locales").glob(f"*{language}.json")):
        for line in file.read_text(encoding="utf-8").splitlines():
            said = line.partition(": ")[2].strip(' ",')
            # The names of the languages are written in their own.
            foreign = [] if '"user.language.' in line else [letter for letter in CHINESE.findall(said) if not _is_of(letter, language)]
            if foreign or (CHINESE.search(said) and HALF_WIDTH.search(said)):
                wrong.append(f"{file.relative_to(ROOT)}: {said}")
    assert wrong == []


def _is_of(letter: str, language: str) -> bool:
    try:
        letter.encode(OWN_LETTERS[language])
    except UnicodeEncodeError:
        return False
    return True


def test_every_error_code_has_its_text() -> None:
    known = {}
    for folder in packages():
        known[str(folder.relative_to(ROOT).parent)] = set(json.loads((folder / "en.json").read_text(encoding="utf-8")).get("errors", {}))
    shared = known["shared"]
    raised = re.compile(r'(?:Conflict|Forbidden|NotFound|Unauthenticated|TooManyRequests|Malformed)\(\s*"([a-z_]+)"|(?:Invalid\.field|Malformed\.parameter)\(\s*(?:f?"[^"]*"|\w[\w\[\]()]*),\s*"([a-z_]+)"|code="([a-z_]+)"')  # fmt: skip
    missing = []
    for name, text in sources("gateway", "services", "shared"):
        home = next((home for home in known if name.startswith(home + "/")), "shared")
        codes = {code for found in raised.findall(text) for code in found if code}
        missing += [f"{name}: {code}" for code in codes - shared - known[home]]
    assert missing == []


def test_every_setting_is_documented() -> None:
    page = (ROOT / "docs/operators/README.md").read_text(encoding="utf-8")
    assert [name for name in Settings.__dataclass_fields__ if f"`HIGHSEAS_{name.upper()}`" not in page] == []


def test_every_link_in_the_documents_leads_somewhere() -> None:
    dead = []
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if "://" not in target and not (page.parent / target).exists():
                dead.append(f"{page.relative_to(ROOT)}: {target}")
    assert dead == []


@pytest.mark.parametrize(
    ("section", "folders", "written"),
    [
        ("audit.action", ["gateway"], r"\baudit\((?:\w+(?:\.\w+)?, )?\"(\w+)\""),
        ("history", ["shared", "services"], r"\b(?:note|_entry)\((?:[\w.]+, )?(?:record|owner|_name\(record\)), \"(\w+)\""),
    ],
)
def test_pages_have_a_word_for_every_action(section: str, folders: list[str], written: str) -> None:
    sources = [path.read_text(encoding="utf-8") for folder in folders for path in (ROOT / folder).rglob("*.py")]
    actions = {action for source in sources for action in re.findall(written, source)}
    told = json.loads((ROOT / "gateway/texts/en.json").read_text(encoding="utf-8"))["choices"]
    words = told | json.loads((ROOT / "web/src/locales/en.json").read_text(encoding="utf-8"))
    assert len(actions) > 3
    assert sorted(action for action in actions if f"{section}.{action}" not in words) == []


def test_pages_have_a_word_for_every_permission() -> None:
    words = json.loads((ROOT / "web/src/locales/en.json").read_text(encoding="utf-8"))
    needed = {f"noun.{noun}" for noun in NOUNS} | {f"verb.{verb}" for verbs in NOUNS.values() for verb in verbs}
    assert sorted(needed - words.keys()) == []
