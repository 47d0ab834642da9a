"""Writes the seeds of a target, and the dictionary: python3 seeds.py TARGET SEEDS DICTIONARY"""

import hashlib
import json
import pathlib
import re
import sys
from urllib.parse import quote

target, folder, dictionary = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
tests = pathlib.Path("..")
SEPARATOR = "\x1e"


def literals():
    """The strings in the tests, roughly: what is none is a seed that leads nowhere."""
    for file in sorted(tests.glob("doorway/**/*.rs")):
        text = file.read_text()
        for raw, plain in re.findall(r'r#"(.*?)"#|"((?:[^"\\]|\\.)*)"', text, re.S):
            plain = re.sub(r"\\\n\s*", "", plain).replace(r"\n", "\n").replace(r"\"", '"')
            # Most of them are patterns of `format!`.
            yield (raw or plain).replace("{{", "{").replace("}}", "}")


def operations():
    """Documents with their variables."""
    for file in sorted(tests.glob("golden/*.graphql")):
        variables = file.with_suffix(".variables.json")
        yield file.read_text(), variables.read_text() if variables.exists() else ""
    for literal in literals():
        if re.search(r"\{\s*\S", literal):
            yield literal, ""
    for file in sorted(tests.glob("clients/**/*.graphql")):
        if "node_modules" not in file.parts and file.stat().st_size < 16384:
            yield file.read_text(), ""


def documents():
    for document, variables in operations():
        yield document + (SEPARATOR + variables if variables else "")


def requests():
    for document, variables in operations():
        body = {"query": document}
        url = "query=" + quote(document)
        if variables:
            body["variables"] = json.loads(variables)
            url += "&variables=" + quote(variables)
        yield "0" + url + "&operationName=&extensions=%7B%7D"
        yield "1" + json.dumps(body)
        yield "2" + SEPARATOR.join([document, variables, "", "{}"])
    for literal in literals():
        if literal.startswith("{"):
            yield "1" + literal
        if "query=" in literal:
            yield "0" + literal.split("?")[-1]


def cursors():
    uuid, micros = '"018f0a05-bfa0-7a09-956f-4860aed5a5e7"', "1710201600000000"
    keys = ['"title"', uuid, micros, "null", "1", "2", '"ada"']
    lists = [f"[{key},{uuid}]" for key in keys for _ in range(2)]
    lists += ["[" + ",".join([*keys, uuid]) + "]"] * 2
    for order, text in enumerate(lists):
        yield chr(ord("0") + order) + "1" + text
        yield chr(ord("0") + order) + "0" + "jkTvIIkxWelbIjAxOGYwYTA1LWJmYTAtN2EwOS05NTZmLTQ4NjBhZWQ1YTVlNyJd"


def files():
    for blog in sorted([*tests.glob("blogs/*"), tests / "../src/blog/demo"]):
        together = []
        for file in sorted(file for file in blog.rglob("*") if file.is_file()):
            together.append(f"{file.relative_to(blog)}\n{file.read_text()}")
        yield from together
        for start in range(0, len(together), 4):
            yield SEPARATOR.join(together[start : start + 4])
    for literal in literals():
        if "\n" in literal and re.match(r"\s*(---|\+\+\+|;;;|<!--|\{|[A-Za-z]+:|export)", literal):
            yield "2024-03-05-a.md\n" + literal
    for file in sorted(tests.glob("../src/blog/import/*.rs")):
        for literal in re.findall(r'"((?:[^"\\]|\\.)*)"', file.read_text()):
            literal = literal.replace(r"\n", "\n").replace(r"\"", '"')
            yield "a.md\n" + (literal if "\n" in literal else f"---\ntitle: A\ndate: {literal}\n---\n{literal}\n")


def imports():
    for text in files():
        yield "2" + text
        yield "7" + text


seeds = {"documents": documents, "cursors": cursors, "import": imports, "requests": requests}[target]
for seed in seeds():
    data = seed.encode()
    (folder / hashlib.sha1(data).hexdigest()).write_bytes(data)

words = set("query mutation subscription fragment on true false null @skip(if: @include(if: __typename __schema __type".split())
words |= set(re.findall(r"\w+", re.sub(r'""".*?"""', "", (tests / "../schema.graphql").read_text(), flags=re.S)))
words |= set('{ } ( ) [ ] : ! $ @ ... = | & , """ # \\u00e9 \\ud83e 2147483648 -0 1e400'.split())
words |= {"operationName=", "variables=%7B", "&query=", "extensions=", "%EF%BF%BD", "%00", '"variables":{', '"operationName":'}
words |= {"persistedQuery", "sha256Hash", "documentId", "doorway", "explain"}
if target == "import":
    sources = "".join(file.read_text() for file in sorted(tests.glob("../src/blog/import/*.rs")) if file.name != "tests.rs")
    words = {word for word in re.findall(r'"((?:[^"\\]|\\.){1,24})"', sources) if "{" not in word}
    words |= {"---", "+++", ";;;", "title: ", "date: ", "tags: [", "author: ", "&a ", "*a", "<<: ", "!!binary ", "|\n", ">-\n", "? "}


def escaped(word):
    return "".join(chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\x{byte:02x}" for byte in word.encode())


dictionary.write_text("".join(f'"{escaped(word)}"\n' for word in sorted(words) if word))
