"""Lint of META.json: what PGXN (meta spec 1.0.0) requires is there and nothing
it does not know, the files it names exist, and name, version and requirements
agree with the control file.

usage: meta_lint.py META.json pdauth.control
"""
import json
import pathlib
import re
import sys

REQUIRED = ("abstract", "maintainer", "license", "provides", "name", "version", "meta-spec")
OPTIONAL = ("description", "generated_by", "no_index", "prereqs", "release_status", "resources", "tags")
VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z-]+)?$")


def versions(tree, path=""):
    """Every version number in the file, with where it is."""
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from versions(value, f"{path}{key}.")
        elif key == "version" or path.endswith("requires."):
            yield path + key, value


def findings(meta, control, directory):
    yield from (f'"{key}" is missing' for key in REQUIRED if key not in meta)
    yield from (f'"{key}" is not a key of the specification' for key in meta if key not in REQUIRED + OPTIONAL and not key.lower().startswith("x_"))
    yield from (f'{where} "{value}" is not a semantic version' for where, value in versions(meta) if not VERSION.match(value))
    default = re.search(r"^default_version *= *'(.*)'", control, re.M).group(1)
    provided = meta.get("provides", {}).get(meta.get("name"), {})
    yield from (f"{what} is not {default}, the control file's default_version"
                for what, version in (("version", meta.get("version")), ("the extension's version", provided.get("version")))
                if version != default)
    yield from (f'the extension provided has no "{key}"' for key in ("file", "version") if key not in provided)
    yield from (f'{key} "{provided[key]}" does not exist' for key in ("file", "docfile") if key in provided and not (directory / provided[key]).exists())
    required = set(re.findall(r"\w+", (re.search(r"^requires *= *'(.*)'", control, re.M) or [None, ""])[1])) - {"plpgsql"}
    stated = set(meta.get("prereqs", {}).get("runtime", {}).get("requires", {})) - {"PostgreSQL"}
    if required != stated:
        yield f"prereqs.runtime.requires names {sorted(stated)}, the control file requires {sorted(required)}"
    if meta.get("release_status", "stable") not in ("stable", "testing", "unstable"):
        yield "release_status is not stable, testing or unstable"
    if meta.get("meta-spec", {}).get("version") != "1.0.0":
        yield "meta-spec.version is not 1.0.0"


def main(meta_path, control_path):
    with open(meta_path, encoding="utf-8") as stream:
        meta = json.load(stream)
    with open(control_path, encoding="utf-8") as stream:
        found = list(findings(meta, stream.read(), pathlib.Path(meta_path).parent))
    for message in found:
        print(f"{meta_path}: {message}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
