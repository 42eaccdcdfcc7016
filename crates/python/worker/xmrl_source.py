"""What an environment is made of: its source, and the packages that it has imported, with their versions."""

import hashlib
import os
import sys


def source_of(module):
    """The factory's file, and a SHA-256 of it and of what it has imported from its package (or, where it is in none, from its
    folder); None where it has no file."""
    path = getattr(module, "__file__", None)
    if path is None:
        return None
    path = os.path.abspath(path)
    top = sys.modules.get(module.__name__.partition(".")[0], module)
    root = os.path.dirname(os.path.abspath(getattr(top, "__file__", None) or path))
    files = {os.path.abspath(getattr(each, "__file__", None) or "") for each in list(sys.modules.values())}
    inside = {file for file in files if file.startswith(root + os.sep) and "site-packages" not in file[len(root) :]}
    digest = hashlib.sha256()
    for file in sorted(inside | {path}):
        try:
            with open(file, "rb") as opened:
                text = opened.read()
        except OSError:
            continue
        digest.update(f"{os.path.relpath(file, root)}\0{len(text)}\0".encode() + text)
    return {"file": path, "sha256": digest.hexdigest()}


def version(name):
    module = sys.modules.get(name)
    return getattr(module, "__version__", None)


def packages():
    """Versions of the distributions of which something is imported, by name; none where this Python (3.9) cannot tell which those are."""
    from importlib import metadata

    if not hasattr(metadata, "packages_distributions"):
        return {}
    imported = {name.partition(".")[0] for name in list(sys.modules)}
    owners = metadata.packages_distributions()
    found = {owner for top in imported if not top.startswith("_") for owner in owners.get(top, ())}
    return {owner: metadata.version(owner) for owner in sorted(found)}
