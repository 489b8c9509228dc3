#!/usr/bin/env python3
"""Reports circles of files, in two senses. No file of a circle can be understood, tested or replaced without the others.

Includes: X.c and X.h are one module; module A points at module B if A.c or A.h includes B.h.
Calls: A.c points at B.c if A.c names a function or table that B.c defines and that a header included by A.c declares.
"""
import os
import re
import sys

FOLDERS = ("src", "cli", "include")
FEWEST = 500  # includes and calls each; fewer mean that this check no longer finds them

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+"([^"]+)"', re.MULTILINE)
COMMENT_OR_TEXT = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)
# Not static, and at the start of a line: "type name(arguments) {" or "const type name[] = ".
OWN = r"^(?!static\b|typedef\b|extern\b)[A-Za-z_][\w \t*]*?\b(\w+)"
FUNCTION = re.compile(OWN + r"\([^;{}]*\)\s*\{", re.MULTILINE)
DATA = re.compile(OWN + r"(?:\[[^\]]*\])* = ", re.MULTILINE)
NAME = re.compile(r"\b[A-Za-z_]\w+\b")


def read_sources(root):
    """{path: text}"""
    sources = {}
    for folder in FOLDERS:
        for where, _, names in os.walk(os.path.join(root, folder)):
            for name in names:
                if name.endswith((".c", ".h", ".def")):
                    path = os.path.relpath(os.path.join(where, name), root)
                    with open(os.path.join(root, path), encoding="utf-8") as text:
                        sources[path] = text.read()
    return dict(sorted(sources.items()))


def includes_of(sources):
    """{path: [the files of ours that it includes]}"""
    includes = {}
    for path, text in sources.items():
        includes[path] = []
        for name in INCLUDE.findall(text):
            places = (os.path.normpath(os.path.join(place, name)) for place in (os.path.dirname(path), *FOLDERS))
            includes[path] += [place for place in places if place in sources][:1]
    return includes


def module_edges(includes):
    edges = {os.path.splitext(path)[0]: {} for path in includes}
    for path, targets in includes.items():
        for target in targets:
            edges[os.path.splitext(path)[0]].setdefault(os.path.splitext(target)[0], []).append(
                f"{path} includes {target}")
    return edges


def call_edges(sources, includes):
    code = {path: COMMENT_OR_TEXT.sub(" ", text) for path, text in sources.items()}
    names = {path: set(NAME.findall(text)) for path, text in code.items()}
    home = {}
    for path, text in code.items():
        for name in FUNCTION.findall(text) + DATA.findall(text):
            if path.endswith(".c"):
                home.setdefault(name, set()).add(path)

    def headers(path, seen):
        for target in includes[path]:
            if target not in seen:
                seen.add(target)
                headers(target, seen)
        return seen

    edges = {path: {} for path in sources if path.endswith(".c")}
    for path in edges:
        declared = set().union(*(names[header] for header in headers(path, set())))
        for name in sorted(names[path] & declared & set(home)):
            # If several files define a name, a build uses one of them: the one in the folder of the calling file, if any.
            near = {target for target in home[name] if os.path.dirname(target) == os.path.dirname(path)}
            for target in near or home[name]:
                if path not in home[name]:
                    edges[path].setdefault(target, []).append(f"{path} uses {name} of {target}")
    return edges


def circles(edges):
    """Tarjan's strongly connected components, those of more than one file"""
    index, low, stack, found = {}, {}, [], []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        for target in edges[node]:
            if target not in index:
                visit(target)
                low[node] = min(low[node], low[target])
            elif target in stack:
                low[node] = min(low[node], index[target])
        if low[node] == index[node]:
            circle = set()
            while node not in circle:
                circle.add(stack.pop())
            if len(circle) > 1:
                found.append(sorted(circle))

    for node in edges:
        if node not in index:
            visit(node)
    return found


def report(kind, edges, fewest):
    """0 if there are no circles of this kind"""
    count = sum(len(reasons) for targets in edges.values() for reasons in targets.values())
    found = circles(edges)
    for circle in found:
        print(f"circles: a circle of {len(circle)} by {kind}: {' '.join(circle)}")
        for node in circle:
            for target in sorted(set(edges[node]) & set(circle) - {node}):
                for reason in edges[node][target]:
                    print(f"    {reason}")
    if count < fewest:
        print(f"circles: only {count} {kind} found")
        return 1
    if not found:
        print(f"ok circles: no files in a circle by {kind} ({count} among {len(edges)})")
    return 1 if found else 0


def main():
    own = len(sys.argv) == 1
    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..") if own else sys.argv[1]
    sources = read_sources(root)
    includes = includes_of(sources)
    fewest = FEWEST if own else 1
    bad = report("includes", module_edges(includes), fewest)
    return report("calls", call_edges(sources, includes), fewest) | bad


if __name__ == "__main__":
    sys.exit(main())
