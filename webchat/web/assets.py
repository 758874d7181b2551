"""Style sheets, scripts and icons: read once at start, served from memory under urls that never change their content.

One hash names the whole tree, so that modules import each other by relative paths and everything of one version goes
together. The style sheets are one response, in the order of their layers; the icons are one sprite.
"""

import gzip
import hashlib
import re
from base64 import b64encode
from collections.abc import Mapping, Set
from functools import cache
from pathlib import Path
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response

STATIC = Path(__file__).parents[1] / "static"
LAYERS = ("reset", "tokens", "base", "layout", "components", "views", "utilities")
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}
FRAME_ONLY = frozenset({"views/thread", "views/thread-tools", "views/talk"})
"""The style sheets that our own pages do not have."""
FRAME = {
    "reset/reset", "tokens/tokens", "base/page", "components/author", "components/button",
    "views/composer", "views/log", "views/pin", "views/prose", "views/thread", "utilities/forced", "utilities/hidden",
    "utilities/touch",
}  # fmt: skip
"""The style sheets of frames in the pages of others."""
FRAME_SUPPORT = FRAME | {
    "components/avatar", "components/buttons", "components/field", "views/files", "views/pending", "views/talk",
}  # fmt: skip
"""And those of a site's support."""
FRAME_TOOLS = {"components/buttons", "views/held", "views/pending", "views/tools", "views/thread-tools"}
"""And those for who does more there than read."""
FRAME_FILES = {"views/files", "views/sending"}
"""And for who sends a file in one."""
_LATER = {"tools.css": FRAME_TOOLS, "files.css": FRAME_FILES}
HTMX = ("vendor/htmx/htmx.min.js", "vendor/htmx/hx-ws.min.js")
"""What is one file in frames, and in those of threads one with their own script: each time half a kilobyte less."""
_IMPORT = re.compile(r"(?m)^import (?:\{[^}]*\} from )?'\./([\w-]+)\.js';\n")
_SPACED = re.compile(r"('(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`)| *// .*| *([=<>?:;,{}()&|!]+) *(?:(?<=[;,{}])\n)?")
"""A text, or what a browser does not need: what is noted behind a line, the spaces about a sign, and the ends of lines
that end nothing else."""
_NEEDLESS = re.compile(r"('(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`)|;(?=\})|(?<!\w)\((\w+)\)(?==>)")
"""The same of what is left: the last sign of a block, and what stands about the one that an arrow takes."""
_USED = re.compile(r"var\((--[\w-]+)")
_DEFINED = re.compile(r"(--[\w-]+):[^;{}]*;")
FOREVER = "public, max-age=31536000, immutable"


class File(NamedTuple):
    """One file as it is sent."""

    type: str
    body: bytes
    gzip: bytes
    etag: str


class Assets:
    """All static files of this version."""

    def __init__(self, base: str = "", folder: Path = STATIC) -> None:
        self._files: dict[str, File] = {}
        for path in sorted(folder.rglob("*")):
            if path.suffix in TYPES and path.is_file():
                self._add(path.relative_to(folder).as_posix(), path.read_bytes())
        every = {path.relative_to(folder / "css").with_suffix("").as_posix() for path in folder.glob("css/*/*.css")}
        self._add("webchat.css", _layered(folder / "css", every - FRAME_ONLY))
        self._add_frames(folder)
        self._add("icons.svg", _sprite(folder / "vendor" / "lucide"))
        parts = "".join(f"{name} {file.etag}\n" for name, file in sorted(self._files.items()))
        self.hash = hashlib.sha256(parts.encode()).hexdigest()[:16]
        self._prefix = f"{base}/static/{self.hash}/"

    def url(self, path: str) -> str:
        """Where a file is served. Raises KeyError for one that does not exist, so that a slip shows in every test."""
        self._files[path]
        return self._prefix + path

    def pin(self, path: str) -> tuple[str, str]:
        """What names a file as it is now, in an address and for a page that would load no other."""
        body = self._files[path].body
        return hashlib.sha256(body).hexdigest()[:16], "sha384-" + b64encode(hashlib.sha384(body).digest()).decode()

    async def respond(self, request: Request) -> Response:
        """Answer ``/static/{hash}/{path}``. A page of another version gets today's file, but is told not to keep it."""
        if request.path_params["path"] not in self._files:
            return Response("404\n", 404, media_type="text/plain")
        current = request.path_params["hash"] == self.hash
        return self.answer(request.path_params["path"], request, {"Cache-Control": FOREVER if current else "no-cache"})

    def answer(self, path: str, request: Request, more: Mapping[str, str]) -> Response:
        """A file that is there, wherever it was asked for, as this browser takes it and if it has not got it yet."""
        file = self._files[path]
        headers = {"ETag": file.etag, "Vary": "Accept-Encoding", "X-Content-Type-Options": "nosniff", **more}
        if file.etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        if takes_gzip(request):
            return Response(file.gzip, headers={**headers, "Content-Encoding": "gzip"}, media_type=file.type)
        return Response(file.body, headers=headers, media_type=file.type)

    def _add_frames(self, folder: Path) -> None:
        """What is made of all these for frames in the pages of others."""
        later = {name: _small(_layered(folder / "css", sheets)) for name, sheets in _LATER.items()}
        for name, sheets in (("embed.css", FRAME), ("support.css", FRAME_SUPPORT)):
            self._add(name, _without_unused(_small(_layered(folder / "css", sheets)), *later.values()))
        for name, sheet in later.items():
            self._add(name, sheet)
        for name in ("support-room", "support-start", "live-choice"):
            self._add(f"js/{name}.js", _joined(folder / "js", name))
        htmx = b"\n".join((folder / path).read_bytes() for path in HTMX if (folder / path).exists())
        self._add("js/htmx.js", htmx)
        # No module: htmx begins when the document is there, and before that our elements must be known.
        frame = _joined(folder / "js", "embed-room").replace(b"import.meta.url", b"document.currentScript.src")
        self._add("js/frame.js", htmx + b"(()=>{'use strict';\n" + frame + b"})();\n")

    def _add(self, name: str, body: bytes) -> None:
        kind = TYPES["." + name.rpartition(".")[2]]
        etag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
        self._files[name] = File(kind, body, gzip.compress(body, 9, mtime=0), etag)


@cache
def installed(base: str) -> Assets:
    """Those of this version, read and compressed once in a process."""
    return Assets(base)


def takes_gzip(request: Request) -> bool:
    """Whether an answer may be compressed."""
    return bool(re.search(r"\bgzip\b(?!;q=0(\.0*)?(,|$))", request.headers.get("accept-encoding", "")))


def _layered(folder: Path, wanted: Set[str]) -> bytes:
    """The style sheets that are wanted, each in the layer of its folder, in the order of the layers."""
    parts = [f"@layer {', '.join(LAYERS)};"]
    for layer in LAYERS:
        sheets = [sheet for sheet in sorted((folder / layer).glob("*.css")) if f"{layer}/{sheet.stem}" in wanted]
        parts += [f"@layer {layer} {{\n{path.read_text('utf-8')}}}" for path in sheets]
    return "\n".join(parts).encode()


def _small(sheet: bytes) -> bytes:
    """The same style sheet without what only people read: every byte of it is waited for by readers of other sites."""
    short = re.sub(r"\s{2,}|\n", " ", re.sub(r"/\*.*?\*/", "", sheet.decode(), flags=re.DOTALL))
    return re.sub(r" *([{};,]) *|: (?=[\w(#-])", lambda found: found[1] or ":", short).encode()


def _without_unused(sheet: bytes, *others: bytes) -> bytes:
    """The same without the custom properties that neither it uses nor the sheets that may come to it."""
    used = set(_USED.findall(b"".join((sheet, *others)).decode()))
    less = _DEFINED.sub(lambda found: found[0] if found[1] in used else "", sheet.decode()).encode()
    return sheet if less == sheet else _without_unused(less, *others)


def _joined(folder: Path, name: str) -> bytes:
    """A module and all that it imports from the first, as one that only browsers read. Ours have no name twice."""
    parts: dict[str, str] = {}

    def take(name: str) -> None:
        if name not in parts and (folder / f"{name}.js").exists():
            text = (folder / f"{name}.js").read_text("utf-8")
            for other in _IMPORT.findall(text):
                take(other)
            bare = re.sub(r"(?m)^export |^\s*//.*\n|^\s+", "", _IMPORT.sub("", text))
            short = _SPACED.sub(lambda found: found[1] or found[2] or "", bare)
            parts[name] = _NEEDLESS.sub(lambda found: found[1] or found[2] or "", short)

    take(name)
    return "".join(parts.values()).encode()


def _sprite(folder: Path) -> bytes:
    """The icons as symbols of one file, each with its file's name as id. Sizes and colours are the style sheet's."""
    symbols = []
    for path in sorted(folder.glob("*.svg")):
        drawing = re.sub(r"^.*?<svg[^>]*>|</svg>.*$|\n\s*", " ", path.read_text("utf-8"), flags=re.DOTALL)
        symbols.append(f'<symbol id="{path.stem}" viewBox="0 0 24 24">{drawing.strip()}</symbol>')
    comment = "Lucide icons, ISC licence: vendor/lucide/LICENSE"
    return f'<svg xmlns="http://www.w3.org/2000/svg"><!-- {comment} -->{"".join(symbols)}</svg>'.encode()
