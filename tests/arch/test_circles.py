#!/usr/bin/env python3
"""circles.py finds circles by includes and by calls, and nothing where there are none."""
import os
import tempfile
import unittest

import circles

HEADER = {"src/a/thing.h": "int thing_size(void);\nint thing_open(void);\n"}
THING = {**HEADER, "src/a/thing.c": '#include "a/thing.h"\nint thing_size(void)\n{\n    return 1;\n}\n'}


def found(files):
    """(circles by includes, circles by calls) of these files"""
    with tempfile.TemporaryDirectory() as root:
        for path, text in files.items():
            os.makedirs(os.path.join(root, os.path.dirname(path)), exist_ok=True)
            with open(os.path.join(root, path), "w", encoding="utf-8") as out:
                out.write(text)
        sources = circles.read_sources(root)
    includes = circles.includes_of(sources)
    return (circles.circles(circles.module_edges(includes)),
            circles.circles(circles.call_edges(sources, includes)))


class Circles(unittest.TestCase):
    def test_none(self):
        opener = '#include "a/thing.h"\nint thing_open(void)\n{\n    return thing_size();\n}\n'
        self.assertEqual(found({**THING, "src/a/open.c": opener}), ([], []))

    def test_includes(self):
        files = {"src/a/x.h": '#include "a/y.h"\n', "src/a/y.h": "", "src/a/y.c": '#include "x.h"\n'}
        self.assertEqual(found(files), ([["src/a/x", "src/a/y"]], []))

    def test_calls(self):
        files = {**HEADER,
                 "src/a/thing.c": '#include "a/thing.h"\nint thing_size(void)\n{\n    return thing_open();\n}\n',
                 "src/a/open.c": '#include "a/thing.h"\nint thing_open(void)\n{\n    return thing_size();\n}\n'}
        self.assertEqual(found(files), ([], [["src/a/open.c", "src/a/thing.c"]]))

    def test_tables(self):
        files = {"src/a/kind.h": "extern const int kinds[];\nint kind(void);\n",
                 "src/a/kind.c": '#include "a/kind.h"\nint kind(void)\n{\n    return kinds[0];\n}\n',
                 "src/a/list.c": '#include "a/kind.h"\nconst int kinds[] = {1};\nint (*f)(void) = kind;\n'}
        self.assertEqual(found(files), ([], [["src/a/kind.c", "src/a/list.c"]]))

    def test_words_are_not_calls(self):
        files = {**THING, "src/a/open.c": '#include "a/thing.h"\n/* thing_size() */\nint thing_open(void)\n{\n    return 2;\n}\n',
                 "src/a/other.c": 'int thing_size(void)\n{\n    return 3;\n}\nint other = sizeof "thing_open";\n'}
        self.assertEqual(found(files), ([], []))


if __name__ == "__main__":
    unittest.main()
