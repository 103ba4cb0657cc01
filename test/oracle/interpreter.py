"""Performs the scenarios of the oracle with CPython's modules socket, select and selectors.

Standard input: {"root": path, "scenarios": [{"folder": name, "steps": [...]}]}. Standard output: one list of outcomes
per scenario. A step and an outcome are described in notation.ts and outcome.ts.
"""

import array
import errno
import fcntl
import hashlib
import io
import json
import os
import select
import selectors
import shutil
import socket
import sys
import time

LONGEST_SHOWN = 256
SETTLING_SECONDS = 10


class Broken(Exception):
    """The step itself is wrong, or needs what this Python does not have."""


def adopt(fd):
    return socket.socket(fileno=fd)


def fromfd(fd):
    return socket.socket(fileno=socket.dup(fd))


def nonblocking(sock):
    return bool(fcntl.fcntl(sock.fileno(), fcntl.F_GETFL) & os.O_NONBLOCK)


def fill(sock, data, *address):
    """Sends until the kernel takes no more: how many bytes it took."""
    total = 0
    while True:
        try:
            total += sock.sendto(data, *address) if address else sock.send(data)
        except BlockingIOError:
            return total


def read_exact(sock, count):
    data = b''
    while len(data) < count:
        chunk = sock.recv(count - len(data))
        if not chunk:
            break
        data += chunk
    return data


def read_to_end(sock):
    data = b''
    while chunk := sock.recv(65536):
        data += chunk
    return data


def await_tcp_state(sock, state):
    """Waits until the kernel's connection is in a state (linux/tcp_states.h), without taking anything from it."""
    end = time.monotonic() + SETTLING_SECONDS
    while sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] != state:
        if time.monotonic() > end:
            raise Broken(f'the connection has not come to state {state}')
        time.sleep(0.001)
    return True


def touch(path):
    open(path, 'x').close()


opened = []


def open_file(path):
    opened.append(os.open(path, os.O_RDONLY))
    return opened[-1]


def source(path, content):
    """A file with that content, opened: what sendfile takes."""
    with open(path, 'wb') as file:
        file.write(content)
    return open(path, 'rb')


class Wrapped:
    """An object with a descriptor."""

    def __init__(self, fd):
        self.fd = fd

    def fileno(self):
        return self.fd


def close_rights(ancdata):
    """Closes the descriptors in control messages: of each message its level, its type, and how many they were."""
    told = []
    for level, kind, data in ancdata:
        fds = array.array('i', data[:len(data) // 4 * 4])
        for fd in fds:
            os.close(fd)
        told.append([level, kind, len(fds)])
    return told


def keys_of(selector):
    return [[fd, key.events, key.data] for fd, key in selector.get_map().items()]


def sendto(sock, data, *rest):
    """Python has the flags before the address."""
    return sock.sendto(data, *reversed(rest))


HELPERS = {
    'adopt': adopt,
    'fromfd': fromfd,
    'nonblocking': nonblocking,
    'fill': fill,
    'read_exact': read_exact,
    'read_to_end': read_to_end,
    'await_tcp_state': await_tcp_state,
    'touch': touch,
    'open_file': open_file,
    'unlink': os.unlink,
    'exists': os.path.exists,
    'bytearray': lambda count: bytearray(b'.' * count),
    'part': lambda buffer, start, end: memoryview(buffer)[start:end],
    'content': lambda buffer: bytes(buffer),
    'source': source,
    'lines': list,
    'wrap': Wrapped,
    'int32': lambda *numbers: array.array('i', numbers).tobytes(),
    'close_rights': close_rights,
    'selector': lambda name: getattr(selectors, name)(),
    'keys_of': keys_of,
    'epoll_fromfd': lambda fd: select.epoll.fromfd(fd),
}

PROPERTIES = {
    'family': lambda sock: int(sock.family),
    'type': lambda sock: int(sock.type),
    'proto': lambda sock: sock.proto,
    'closed': lambda thing: thing._closed if isinstance(thing, socket.socket) else thing.closed,
}


def constant_of(name):
    for module in (socket, select, selectors):
        if hasattr(module, name):
            return int(getattr(module, name))
    raise Broken(f'no constant {name}')


class Scope:
    def __init__(self, folder):
        self.folder = folder
        self.names = {}
        self.open = []

    def look_up(self, name):
        first, *rest = name.split('.')
        if first not in self.names:
            raise Broken(f'{first} is bound to nothing')
        found = self.names[first]
        for index in rest:
            found = found[int(index)]
        return found

    def decode(self, value):
        if isinstance(value, list):
            return tuple(self.decode(item) for item in value)
        if not isinstance(value, dict):
            return value
        if 'constants' in value:
            total = 0
            for name in value['constants']:
                total |= constant_of(name)
            return total
        if 'hex' in value:
            return bytes.fromhex(value['hex']) * value['times']
        if 'ref' in value:
            return self.look_up(value['ref'])
        if 'path' in value:
            start = '\0' if value['abstract'] else ''
            path = f"{start}{self.folder}/{value['path']}"
            path += '_' * (value['length'] - len(path))
            return path.encode('latin-1') if value['bytes'] else path
        if 'float' in value:
            return float(value['float'])
        return object()

    def function_of(self, text):
        target, _, name = text.rpartition('.')
        if target == '':
            found = HELPERS.get(name) or getattr(socket, name, None) or getattr(select, name, None)
            if not callable(found):
                raise Broken(f'no function {name}')
            return found
        owner = self.look_up(target)
        if name in PROPERTIES:
            return lambda: PROPERTIES[name](owner)
        if name == 'sendto':
            return lambda *args: sendto(owner, *args)
        found = getattr(owner, name, None)
        if not callable(found):
            raise Broken(f'no method {name}')
        return found

    def perform(self, step):
        left, _, text = step['call'].rpartition(' = ')
        function = self.function_of(text)
        args = [self.decode(argument) for argument in step['args']]
        options = {name: self.decode(option) for name, option in step.get('options', {}).items()}
        result = function(*args, **options)
        names = left.split(', ') if left else []
        for name, item in zip(names, result if len(names) > 1 else (result,)):
            self.names[name] = item
        return result

    def encode(self, result):
        if result is None or isinstance(result, (bool, int, float)):
            return result
        if isinstance(result, str):
            try:
                result.encode()
                return result
            except UnicodeEncodeError:
                return {'surrogates': os.fsencode(result).hex()}
        if isinstance(result, (bytes, bytearray, memoryview)):
            data = bytes(result)
            if len(data) <= LONGEST_SHOWN:
                return {'bytes': data.hex(), 'length': len(data)}
            return {'sha256': hashlib.sha256(data).hexdigest(), 'length': len(data)}
        if isinstance(result, (tuple, list)):
            return [self.encode(item) for item in result]
        if isinstance(result, socket.socket):
            self.open.append(result)
            return {'socket': [int(result.family), int(result.type), result.proto]}
        if isinstance(result, (select.epoll, selectors.BaseSelector)):
            self.open.append(result)
            return {'opened': type(result).__name__.lower()}
        if isinstance(result, io.BufferedReader) and not isinstance(result.raw, socket.SocketIO):
            self.open.append(result)
            return {'opened': 'source'}
        if isinstance(result, io.IOBase):
            self.open.append(result)
            return {'file': [result.readable(), result.writable()]}
        if isinstance(result, (Wrapped, type(select.poll()))):
            return {'opened': type(result).__name__.lower()}
        raise Broken(f'a result of type {type(result).__name__}')

    def close(self):
        for thing in self.open:
            try:
                thing.close()
            except (OSError, ValueError):
                pass
        while opened:
            os.close(opened.pop())
        socket.setdefaulttimeout(None)


GAI_NAMES = {getattr(socket, name): name for name in dir(socket) if name.startswith('EAI_')}
HOST_NAMES = {1: 'HOST_NOT_FOUND', 2: 'TRY_AGAIN', 3: 'NO_RECOVERY', 4: 'NO_DATA'}


def failure_of(failure):
    if isinstance(failure, Broken):
        return {'broken': str(failure)}
    if sys.version_info >= (3, 11) and isinstance(failure, ExceptionGroup):
        return {'error': 'group', 'errors': [failure_of(each) for each in failure.exceptions]}
    if isinstance(failure, socket.gaierror):
        return {'error': GAI_NAMES.get(failure.errno, 'gaierror'), 'errno': failure.errno}
    if isinstance(failure, socket.herror):
        return {'error': HOST_NAMES.get(failure.errno, 'herror'), 'errno': failure.errno}
    if isinstance(failure, TimeoutError) and failure.errno is None:
        return {'error': 'timeout'}
    if isinstance(failure, io.UnsupportedOperation):
        return {'error': 'UnsupportedOperation'}
    if isinstance(failure, OSError):
        if failure.errno is None:
            return {'error': 'OSError'}
        # Of the two names that Linux has for one number Python gives the other.
        name = 'EOPNOTSUPP' if failure.errno == errno.EOPNOTSUPP else errno.errorcode.get(failure.errno, 'unnamed')
        return {'error': name, 'errno': failure.errno}
    for known in (UnicodeError, OverflowError, ValueError, TypeError, KeyError, RuntimeError):
        if isinstance(failure, known):
            return {'error': known.__name__}
    return {'broken': repr(failure)}


def run(scenario, root):
    scope = Scope(f"{root}/{scenario['folder']}")
    os.mkdir(scope.folder)
    outcomes = []
    for step in scenario['steps']:
        try:
            outcomes.append({'value': scope.encode(scope.perform(step))})
        except Exception as failure:
            outcomes.append(failure_of(failure))
    scope.close()
    shutil.rmtree(scope.folder)
    return outcomes


def main():
    given = json.load(sys.stdin)
    json.dump([run(scenario, given['root']) for scenario in given['scenarios']], sys.stdout)


main()
