#!/usr/bin/env python3
"""Checks the Markdown files: README's length, embedded snippets, relative links.

  check_docs.py PROJECT-FOLDER            checks; exit code 1 and a list where something is wrong
  check_docs.py PROJECT-FOLDER --write    first copies the sources into the snippets

A snippet is a comment line and the fenced block right below it:
  <!-- snippet: examples/first_agent/main.cpp#agent -->     the lines between "[agent]" and "[/agent]" in that file
  <!-- snippet: examples/exec/agent.py -->                  the whole file
The block must equal its source, apart from common indentation.
"""
import pathlib
import re
import sys
import textwrap

README_LINES_MAX = 150
SNIPPET = re.compile(
    r"(?P<head><!-- snippet: (?P<path>[^#\s]+)(#(?P<region>\w+))? -->\n+```\w*\n)(?P<text>.*?)^```", re.DOTALL | re.MULTILINE)
SNIPPET_MARK = re.compile(r"<!-- snippet:")
FENCE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
INLINE_CODE = re.compile(r"`[^`\n]*`")
LINK = re.compile(r"!?\[[^\]]*\]\((?P<target>[^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def markdown_files(root):
    skipped = {"build", ".git", ".leat", "node_modules"}
    return [path for path in sorted(root.rglob("*.md")) if not skipped & set(path.relative_to(root).parts)]


def anchors(text):
    """Anchors of a page's headings, as common viewers make them."""
    names = set()
    for heading in HEADING.findall(FENCE.sub("", text)):
        words = re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower())
        names.add(words.strip().replace(" ", "-"))
    return names


def source_of(root, path, region):
    """The lines a snippet stands for, or None and a problem."""
    file = root / path
    if not file.is_file():
        return None, f"there is no file {path}"
    text = file.read_text()
    if region:
        parts = re.split(rf"^.*\[/?{region}\].*\n", text, flags=re.MULTILINE)
        if len(parts) != 3:
            return None, f"{path} has no region [{region}] … [/{region}]"
        text = parts[1]
    return textwrap.dedent(text).strip("\n") + "\n", None


def snippet_problems(root, text):
    found = list(SNIPPET.finditer(text))
    if len(found) != len(SNIPPET_MARK.findall(text)):
        yield "a snippet comment has no fenced block below it"
    for snippet in found:
        source, problem = source_of(root, snippet["path"], snippet["region"])
        if problem:
            yield problem
        elif source != snippet["text"]:
            yield f"the snippet of {snippet['path']} differs from its source"


def write_snippets(root, page):
    def with_source(snippet):
        source, _ = source_of(root, snippet["path"], snippet["region"])
        return snippet["head"] + (source or snippet["text"]) + "```"

    page.write_text(SNIPPET.sub(with_source, page.read_text()))


def link_problems(page, text):
    prose = INLINE_CODE.sub("", FENCE.sub("", text))
    for link in LINK.finditer(prose):
        target = link["target"]
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path) if path else page
        if not file.exists():
            yield f"the link {target} leads nowhere"
        elif anchor and file.suffix == ".md" and anchor not in anchors(file.read_text()):
            yield f"the link {target} names no heading of that page"


def problems(root):
    pages = markdown_files(root)
    if root / "README.md" not in pages:
        yield "README.md", "is missing"
    for page in pages:
        name = page.relative_to(root)
        text = page.read_text()
        lines = text.count("\n")
        if str(name) == "README.md" and lines > README_LINES_MAX:
            yield name, f"has {lines} lines; the limit is {README_LINES_MAX}"
        for problem in snippet_problems(root, text):
            yield name, problem
        for problem in link_problems(page, text):
            yield name, problem


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    if "--write" in sys.argv[2:]:
        for page in markdown_files(root):
            write_snippets(root, page)
    found = list(problems(root))
    for name, problem in found:
        print(f"{name}: {problem}")
    print(f"{len(markdown_files(root))} pages, {len(found)} problems")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
