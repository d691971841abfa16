"""Clients of the language server, with the capabilities that real editors send, as pytest-lsp knows them."""

import asyncio
import os
import shutil
from pathlib import Path

import pytest
import pytest_lsp
from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities
from pytest_lsp.client import make_test_lsp_client

ROOT = Path(__file__).resolve().parents[3]
POLICYC = os.environ.get("POLICYC") or str(ROOT / "target/debug/policyc")
# How long anything may take, in seconds.
PATIENCE = 30


def make_client():
    """A client that does what the server asks for, and remembers it."""
    client = make_test_lsp_client()
    client.registered = []
    client.lens_refreshes = 0

    @client.feature(types.CLIENT_REGISTER_CAPABILITY)
    def register(params: types.RegistrationParams):
        client.registered.extend(params.registrations)

    @client.feature(types.WORKSPACE_CODE_LENS_REFRESH)
    def refresh(_params):
        client.lens_refreshes += 1

    return client


CONFIG = ClientServerConfig(server_command=[POLICYC, "lsp"], client_factory=make_client)


def pulling(capabilities):
    """These, of a client that asks for findings and understands all about them."""
    capabilities.text_document.diagnostic = types.DiagnosticClientCapabilities(
        dynamic_registration=False, related_document_support=True
    )
    capabilities.workspace.diagnostics = types.DiagnosticWorkspaceClientCapabilities(refresh_support=True)
    return capabilities


CLIENTS = {
    # The newest that pytest-lsp has does not ask for findings; today's does.
    "visual-studio-code": lambda: client_capabilities("visual-studio-code"),
    "visual-studio-code that pulls": lambda: pulling(client_capabilities("visual-studio-code")),
    "neovim 0.6": lambda: client_capabilities("neovim@v0.6"),
    "neovim 0.7": lambda: client_capabilities("neovim@v0.7"),
    "neovim 0.8": lambda: client_capabilities("neovim@v0.8"),
    "neovim 0.9": lambda: client_capabilities("neovim@v0.9"),
    "neovim 0.10": lambda: client_capabilities("neovim@v0.10"),
    "neovim 0.11": lambda: client_capabilities("neovim@v0.11"),
    "emacs": lambda: client_capabilities("emacs"),
    "one that can nothing": types.ClientCapabilities,
}
# One of each kind, for what does not depend on much.
SOME = ["visual-studio-code", "visual-studio-code that pulls", "neovim 0.11"]


class Session:
    """A client with a folder, and what tests say often."""

    def __init__(self, client: LanguageClient, folder: Path, result: types.InitializeResult):
        self.client, self.folder = client, folder
        self.server = result.capabilities
        self.encoding = self.server.position_encoding
        self.texts, self.versions = {}, {}

    def path(self, name):
        return self.folder / name

    def uri(self, name="p.pol"):
        return self.path(name).as_uri()

    def document(self, name="p.pol"):
        return types.TextDocumentIdentifier(uri=self.uri(name))

    def open(self, text, name="p.pol"):
        self.texts[name], self.versions[name] = text, 1
        language = "policyc" if name.endswith(".pol") else "json"
        self.client.text_document_did_open(
            types.DidOpenTextDocumentParams(
                text_document=types.TextDocumentItem(uri=self.uri(name), language_id=language, version=1, text=text)
            )
        )

    def units(self, text):
        """The length of a text in what positions count."""
        if self.encoding == types.PositionEncodingKind.Utf8:
            return len(text.encode())
        if self.encoding == types.PositionEncodingKind.Utf32:
            return len(text)
        return len(text.encode("utf-16-le")) // 2

    def position(self, at, name="p.pol"):
        before = self.texts[name][:at]
        return types.Position(line=before.count("\n"), character=self.units(before.rpartition("\n")[2]))

    def place(self, piece, name="p.pol"):
        """The place of a mark `|` in a piece of the text."""
        before, _, after = piece.partition("|")
        found = self.texts[name].find(before + after)
        assert found >= 0, f"no `{before + after}` in the text"
        return self.position(found + len(before), name)

    def range(self, piece, name="p.pol"):
        start = self.texts[name].index(piece)
        return types.Range(start=self.position(start, name), end=self.position(start + len(piece), name))

    def at(self, piece, name="p.pol"):
        return {"text_document": self.document(name), "position": self.place(piece, name)}

    def replace(self, old, new, name="p.pol"):
        """Changes a piece of the text, as an editor tells it."""
        change = types.TextDocumentContentChangePartial(range=self.range(old, name), text=new)
        self.texts[name] = self.texts[name].replace(old, new, 1)
        self.versions[name] += 1
        self.client.text_document_did_change(
            types.DidChangeTextDocumentParams(
                text_document=types.VersionedTextDocumentIdentifier(uri=self.uri(name), version=self.versions[name]),
                content_changes=[change],
            )
        )

    def slice(self, range, text):
        """What stands in a range."""
        start, end = self.offset(range.start, text), self.offset(range.end, text)
        return text[start:end]

    def offset(self, position, text):
        lines = text.split("\n")
        line, units, at = lines[position.line], 0, 0
        while units < position.character and at < len(line):
            units += self.units(line[at])
            at += 1
        assert units == position.character, f"{position} is within a character, or behind the line"
        return sum(len(line) + 1 for line in lines[: position.line]) + at

    def applied(self, edits, text):
        """A text with edits, which must not overlap."""
        places = sorted((self.offset(edit.range.start, text), self.offset(edit.range.end, text), edit.new_text) for edit in edits)
        for one, other in zip(places, places[1:]):
            assert one[1] <= other[0], f"edits overlap: {edits}"
        for start, end, new in reversed(places):
            text = text[:start] + new + text[end:]
        return text

    def changes(self, edit, name="p.pol"):
        """The edits of a file, in whichever form the client understands."""
        if edit.document_changes is not None:
            assert self.client.capabilities.workspace.workspace_edit.document_changes
            for change in edit.document_changes:
                if isinstance(change, types.TextDocumentEdit) and change.text_document.uri == self.uri(name):
                    assert change.text_document.version in (None, self.versions.get(name))
                    return change.edits
            return []
        return edit.changes.get(self.uri(name), [])

    @property
    def pulls(self):
        return self.server.diagnostic_provider is not None

    async def found(self, name="p.pol"):
        """The findings, asked for or as they came."""
        if self.pulls:
            report = await self.client.text_document_diagnostic_async(
                types.DocumentDiagnosticParams(text_document=self.document(name), identifier="policyc")
            )
            return report.items
        return self.client.diagnostics.get(self.uri(name))

    async def until(self, holds, name="p.pol"):
        """The findings, as soon as something holds for their codes."""
        found = None
        for _ in range(PATIENCE * 20):
            found = await self.found(name)
            if found is not None and holds([one.code for one in found]):
                return found
            await asyncio.sleep(0.05)
        raise AssertionError(f"the findings of {name} stay {found}")

    async def comes(self, holds, what):
        for _ in range(PATIENCE * 20):
            if value := holds():
                return value
            await asyncio.sleep(0.05)
        raise AssertionError(f"{what} does not come")

    async def command(self, name, *arguments):
        return await self.client.workspace_execute_command_async(
            types.ExecuteCommandParams(command=name, arguments=list(arguments))
        )

    def saved(self, *names, kind=types.FileChangeType.Changed):
        """Tells of files that changed on the disk."""
        self.client.workspace_did_change_watched_files(
            types.DidChangeWatchedFilesParams(changes=[types.FileEvent(uri=self.uri(name), type=kind) for name in names])
        )


def clients(names):
    """Lets a test run with these clients."""
    return pytest.mark.parametrize("client", names, indirect=True)


@pytest_lsp.fixture(config=CONFIG, params=CLIENTS)
async def client(request, client: LanguageClient, tmp_path):
    """A client in a folder with a catalogue, `shop.json`; the server ends with 0 when it is asked to."""
    folder = tmp_path / "wörk späce"
    folder.mkdir()
    shutil.copy(ROOT / "docs/catalogues/shop.json", folder)
    client.set_configuration(getattr(request, "settings", {}), section="policyc")
    result = await client.initialize_session(
        types.InitializeParams(
            capabilities=CLIENTS[request.param](),
            root_uri=folder.as_uri(),
            workspace_folders=[types.WorkspaceFolder(uri=folder.as_uri(), name="work")],
        )
    )
    client.session = Session(client, folder, result)
    yield
    if not getattr(client, "ended", False):
        await asyncio.wait_for(client.shutdown_session(), PATIENCE)
        assert client.error is None
        assert client._server.returncode == 0, "the exit status of the server"


@pytest.fixture
def session(client):
    return client.session
