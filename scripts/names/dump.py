"""Prints, as JSON, the names of the modules socket, select, selectors and socketserver of this Python, by kind."""
import enum
import inspect
import json
import select
import selectors
import socket
import socketserver

MODULES = {'socket': socket, 'select': select, 'selectors': selectors, 'socketserver': socketserver}
OURS = {*MODULES, '_socket'}


def is_constant(name, value):
    return name[0].isupper() and (isinstance(value, (int, str)) and not isinstance(value, bool))


def members_of(cls):
    """The methods and attributes that a class has of itself, or of bases that nobody can name."""
    methods, attributes = set(), set()
    for base in cls.__mro__:
        hidden = base.__name__.startswith('_') or base.__module__ == '_socket'
        if base.__module__ not in OURS or not (base is cls or hidden):
            continue
        for name, value in vars(base).items():
            if not name.startswith('_'):
                (methods if callable(getattr(cls, name)) else attributes).add(name)
    return {'methods': sorted(methods), 'attributes': sorted(attributes)}


def names_of(module):
    names = {'functions': [], 'classes': {}, 'exceptions': [], 'values': [], 'imports': [], 'constants': []}
    for name in dir(module):
        value = getattr(module, name)
        if name.startswith('_'):
            continue
        if inspect.isclass(value):
            if issubclass(value, BaseException):
                names['exceptions'].append(name)
            elif value.__module__ in OURS:
                # The members of an enumeration are the constants, and another name of a class has what that has.
                is_plain = value.__name__ == name and not issubclass(value, enum.Enum)
                names['classes'][name] = members_of(value) if is_plain else {'methods': [], 'attributes': []}
            else:
                names['imports'].append(name)
        elif inspect.ismodule(value) or (callable(value) and value.__module__ not in OURS):
            names['imports'].append(name)
        elif callable(value):
            names['functions'].append(name)
        elif is_constant(name, value):
            names['constants'].append(name)
        else:
            names['values'].append(name)
    return names


found = {name: names_of(module) for name, module in MODULES.items()}
if hasattr(select, 'poll'):
    # Its class has no name in the module.
    found['select']['classes']['poll object'] = members_of(type(select.poll()))
print(json.dumps(found))
