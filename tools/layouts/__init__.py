"""The published layouts of facial expression data sets, one file each, written from the images and votes of FER+.

Every file of this folder that has DAMAGES is a layout: its name is the file's, "_" written "-"."""
import importlib
import pkgutil

_MODULES = {module.name: importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)}
LAYOUTS = {name.replace("_", "-"): module for name, module in _MODULES.items() if hasattr(module, "DAMAGES")}
