#!/usr/bin/env python3
"""The check of the documents finds what it must find."""
import pathlib
import tempfile
import unittest

import check_docs

SOURCE = "int a;\n    // [part]\n    int b;\n    // [/part]\n"
FENCE = "```"


class CheckDocs(unittest.TestCase):
    def problems_of(self, readme):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / "code.cpp").write_text(SOURCE)
            (root / "other.md").write_text("# One\n\n## Two `words`, here\n")
            (root / "README.md").write_text(readme)
            return [problem for _, problem in check_docs.problems(root)]

    def snippet(self, name, text):
        return f"<!-- snippet: {name} -->\n{FENCE}cpp\n{text}{FENCE}\n"

    def test_accepts_what_is_right(self):
        good = self.snippet("code.cpp#part", "int b;\n") + "[a](other.md) [b](other.md#two-words-here) [c](https://x.y)\n"
        self.assertEqual(self.problems_of(good + f"{FENCE}\n[not a link](nowhere)\n{FENCE}\n`[nor](this)`\n"), [])

    def test_finds_a_snippet_that_differs(self):
        self.assertIn("differs", self.problems_of(self.snippet("code.cpp#part", "int c;\n"))[0])
        self.assertIn("differs", self.problems_of(self.snippet("code.cpp", "int a;\n"))[0])

    def test_finds_a_snippet_without_source(self):
        self.assertIn("no region", self.problems_of(self.snippet("code.cpp#other", "int b;\n"))[0])
        self.assertIn("no file", self.problems_of(self.snippet("gone.cpp", "int b;\n"))[0])
        self.assertIn("no fenced block", self.problems_of("<!-- snippet: code.cpp -->\ntext\n")[0])

    def test_finds_links_that_lead_nowhere(self):
        self.assertIn("leads nowhere", self.problems_of("[a](gone.md)\n")[0])
        self.assertIn("names no heading", self.problems_of("[a](other.md#three)\n")[0])

    def test_finds_a_readme_that_is_too_long(self):
        self.assertIn("the limit is 150", self.problems_of("line\n" * 151)[0])


unittest.main()
