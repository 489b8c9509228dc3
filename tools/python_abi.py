"""Writes python/libfer/_abi.py, the C interface as ctypes sees it, from tests/api/abi.txt.

python3 tools/python_abi.py            writes the file
python3 tools/python_abi.py --check    fails if the file is not up to date"""
import os
import re
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
LIST = os.path.join(ROOT, "tests", "api", "abi.txt")
OUT = os.path.join(ROOT, "python", "libfer", "_abi.py")

SCALARS = {"size_t": "c_size_t", "unsigned": "c_uint", "int": "c_int", "float": "c_float", "double": "c_double",
           "_Bool": "c_bool", "uint64_t": "c_uint64"}
PYTHON = {"c_size_t": "int", "c_uint": "int", "c_int": "int", "c_uint64": "int", "c_float": "float",
          "c_double": "float", "c_bool": "bool", "c_char_p": "Optional[bytes]"}

HEAD = '''"""The C interface of libfer as ctypes sees it: structures, constants and functions.

tools/python_abi.py makes this file from tests/api/abi.txt, the list of the public headers. Do not edit it:
run `sh tests/api/abi.sh --update` after a change of the headers."""
# fmt: off
from ctypes import (CDLL, CFUNCTYPE, POINTER, Structure, c_bool, c_char, c_char_p, c_double, c_float, c_int, c_size_t,
                    c_uint, c_uint64, c_void_p)
from typing import Any, Optional
'''

TAIL = '''

def declare(library: CDLL) -> None:
    """Give every function of the library its result and its arguments. A library of the same version of the interface
    may be older and lack the newest functions."""
    for name, (result, arguments) in FUNCTIONS.items():
        function = getattr(library, name, None)
        if function is None:
            continue
        function.restype = result
        function.argtypes = arguments
'''


class Interface:
    """What tests/api/abi.txt lists."""

    def __init__(self, lines):
        self.abi = int(lines[0].split()[1])
        self.constants, self.functions, self.callbacks = [], [], {}
        self.structs = {}  # name: [(offset, member, type)]
        self.by_value = set()  # names of structures and enumerations; others are structures that the library hides
        for line in lines[1:]:
            self.read(line)

    def read(self, line):
        member = re.fullmatch(r"(\w+)\.(\w+) offset (\d+) size \d+ type (.*)", line)
        callback = re.fullmatch(r"typedef (.*?)\b(\w+)\((.*)\)", line)
        function = re.fullmatch(r"(.*?)\b(fer_\w+)\((.*)\)", line)
        for types in (member and member[4], function and function[3]):
            self.by_value.update(t for t in (types or "").split(", ") if re.fullmatch(r"fer_\w+", t))
        if member:
            self.structs[member[1]].append((int(member[3]), member[2], member[4]))
        elif line.startswith("constant "):
            self.constants.append(line.split()[1:])
        elif re.fullmatch(r"\w+ size \d+", line):
            self.structs[line.split()[0]] = []
        elif callback:
            self.callbacks[callback[2]] = self.function_type(callback[1], callback[3])
        elif function:
            self.functions.append((function[2], function[1].strip(), function[3]))
        else:
            raise SystemExit(f"{LIST}: cannot read: {line}")

    def function_type(self, result, arguments):
        # Parameters may have names here.
        named = re.compile(r"^(.*[ *])[a-z_]+$")
        types = [named.sub(r"\1", a.strip()).strip() if a.count("*") or " " in a else a for a in arguments.split(", ")]
        return [result.strip(), types]

    def ctype(self, text, argument=False):
        """The ctypes expression of a C type. Arrays as arguments are pointers."""
        text = text.strip()
        array = re.match(r"(.*?) ?((?:\[\d+\])+)$", text)
        pointer = re.match(r"(.*?) ?(\*(?:const)? ?\*?)$", text)
        inline = re.match(r"(.*?) ?\(\*\)\((.*)\)$", text)
        if inline:
            return self.callback(*self.function_type(inline[1], inline[2]))
        if array and argument:
            return self.ctype(array[1] + " *", True)
        if array:
            item = "c_char" if array[1] == "char" else self.ctype(array[1])
            for n in reversed(re.findall(r"\d+", array[2])):
                item = f"({item} * {n})"
            return item[1:-1]
        if pointer:
            return self.pointer(pointer[1].replace("const ", "").strip(), pointer[2].count("*"))
        text = text.replace("const ", "")
        if text in SCALARS:
            return SCALARS[text]
        return text if text in self.structs else "c_int"  # an enumeration

    def pointer(self, to, stars):
        if to == "char":
            base, stars = "c_char_p", stars - 1
        elif to in self.callbacks:
            base, stars = to, stars - 1
        elif to in SCALARS or to in self.structs:
            base = SCALARS.get(to, to)
        elif to in self.by_value:
            base = "c_int"
        else:  # pixels, or a structure that the library hides
            base, stars = "c_void_p", stars - 1
        return "POINTER(" * stars + base + ")" * stars

    def callback(self, result, types):
        arguments = "".join(", " + self.ctype(t, True) for t in types)
        return f"CFUNCTYPE({'None' if result == 'void' else self.ctype(result)}{arguments})"

    def in_order(self):
        """Structures and callbacks, each after those that it mentions."""
        made, out = set(), []

        def make(name):
            if name in made:
                return
            made.add(name)
            types = self.callbacks[name][1] if name in self.callbacks else [m[2] for m in self.structs[name]]
            for word in re.findall(r"\w+", " ".join(types)):
                if word in self.structs or word in self.callbacks:
                    make(word)
            out.append(name)

        for name in sorted(self.structs) + sorted(self.callbacks):
            make(name)
        return out


def struct(interface, name):
    members = [(m, interface.ctype(t)) for _, m, t in sorted(interface.structs[name])]
    lines = [f"class {name}(Structure):"]
    lines += [f"    {m}: {PYTHON.get(t, 'Any')}" for m, t in members]
    lines += ["    _fields_ = ["] + [f'        ("{m}", {t}),' for m, t in members] + ["    ]"]
    return lines


def functions(interface):
    for name, result, arguments in sorted(interface.functions):
        result = "None" if result == "void" else interface.ctype(result)
        types = [] if arguments == "void" else [interface.ctype(a, True) for a in re.split(r", (?![^(]*\))", arguments)]
        yield f'    "{name}": ({result}, [{", ".join(types)}]),'


def text(interface):
    lines = [HEAD, f"FER_ABI = {interface.abi}", ""]
    lines += [f"{name} = {value}" for name, value in interface.constants]
    for name in interface.in_order():
        lines += ["", ""]
        lines += struct(interface, name) if name in interface.structs else \
            [f"{name} = {interface.callback(*interface.callbacks[name])}"]
    lines += ["", "", "FUNCTIONS: Any = {"] + list(functions(interface)) + ["}"]
    return "\n".join(lines) + "\n" + TAIL


def main():
    with open(LIST, encoding="utf-8") as f:
        new = text(Interface(f.read().splitlines()))
    old = open(OUT, encoding="utf-8").read() if os.path.exists(OUT) else ""
    if sys.argv[1:] == ["--check"]:
        if new != old:
            raise SystemExit("python/libfer/_abi.py is not up to date. Run: python3 tools/python_abi.py")
    elif new != old:
        with open(OUT, "w", encoding="utf-8") as f:
            f.write(new)


if __name__ == "__main__":
    main()
