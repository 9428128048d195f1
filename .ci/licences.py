"""Fails when a dependency's licence is not one of those that this project may ship with.

Reads `cargo metadata` and evaluates each package's SPDX expression, so it works offline.
"""

import json
import re
import subprocess
import sys

ALLOWED = {
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "BlueOak-1.0.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
}


def tokens(expression):
    # Old manifests write "MIT/Apache-2.0" for "MIT OR Apache-2.0".
    expression = expression.replace("/", " OR ")
    words = re.findall(r"\(|\)|[^\s()]+", expression)
    merged = []
    while words:
        word = words.pop(0)
        if words[:1] == ["WITH"]:
            word = f"{word} WITH {words[1]}"
            words = words[2:]
        merged.append(word)
    return merged


def allows(words):
    """Whether an SPDX expression can be met by allowed licences alone; consumes `words`."""

    def either():
        result = both()
        while words and words[0] == "OR":
            words.pop(0)
            result = both() or result
        return result

    def both():
        result = term()
        while words and words[0] == "AND":
            words.pop(0)
            result = term() and result
        return result

    def term():
        word = words.pop(0)
        if word == "(":
            result = either()
            words.pop(0)
            return result
        return word in ALLOWED

    return either()


def main():
    command = ["cargo", "metadata", "--locked", "--format-version", "1"]
    metadata = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    packages = metadata["packages"]
    refused = [
        f"{package['name']} {package['version']}: {package['license'] or 'no licence stated'}"
        for package in packages
        if not package["license"] or not allows(tokens(package["license"]))
    ]
    for line in sorted(refused):
        print(f"licence not allowed: {line}", file=sys.stderr)
    print(f"{len(packages)} packages, {len(refused)} with a licence that is not allowed")
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
