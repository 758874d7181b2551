"""A PostgreSQL server of our own, on a free port, and empty databases on it."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg

from tests.tools.needs import need, program
from tests.tools.ports import free_port
from webchat.store.opening import open_store

TABLES = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
SEQUENCES = "SELECT sequencename, start_value FROM pg_sequences WHERE schemaname = 'public'"


class Postgres:
    """One server. It may be started again after `stop` or `kill`, on the same port."""

    def __init__(self, place: Path) -> None:
        self.place = place / "postgres"
        self.log = place / "postgres.log"
        self.port = free_port()
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
        self._programs = found[-1].parent if found else Path(shutil.which("initdb") or "/none/initdb").parent
        need(os.access(self._programs / "initdb", os.X_OK), "postgresql")
        # PostgreSQL refuses to run as root.
        self.user = pwd.getpwnam("postgres").pw_uid if os.geteuid() == 0 else None
        self._process: subprocess.Popen[bytes] | None = None
        self._rows: dict[str, list[tuple[object, ...]]] = {}

    def url(self, database: str = "postgres", port: int = 0) -> str:
        """The address of one of its databases."""
        return f"postgresql://webchat@127.0.0.1:{port or self.port}/{database}"

    def make(self) -> None:
        """Make its folder."""
        self.place.mkdir()
        if self.user is not None:
            for folder in (self.place, *self.place.parents):
                if folder.stat().st_uid == os.geteuid() and folder != Path("/"):
                    folder.chmod(folder.stat().st_mode | 0o011)
            os.chown(self.place, self.user, -1)
        command = [
            str(self._programs / "initdb"),
            "-D",
            str(self.place),
            "-U",
            "webchat",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "-N",
        ]
        subprocess.run([*command, "--locale=C.UTF-8"], check=True, capture_output=True, cwd="/", user=self.user)

    def start(self) -> "Postgres":
        """Start it and wait until it answers. Does nothing while it runs."""
        if self._process:
            return self
        options = {
            "port": self.port, "listen_addresses": "127.0.0.1", "unix_socket_directories": "", "max_connections": 200,
            "shared_buffers": "32MB", "deadlock_timeout": "200ms", "fsync": "off",
        }  # fmt: skip
        command = [str(self._programs / "postgres"), "-D", str(self.place)]
        command += [f"--{name}={value}" for name, value in options.items()]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd="/", user=self.user)
        ready = [str(self._programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        for _ in range(3000):
            if subprocess.run(ready, check=False).returncode == 0:
                return self
            assert self._process.poll() is None, self.log.read_text()
        raise AssertionError(f"PostgreSQL does not answer:\n{self.log.read_text()}")

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End it: by SIGINT as for a restart, by SIGQUIT as by a crash. Does nothing when it does not run."""
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(how)
            process.wait(60)

    def hang(self) -> None:
        """Stop all of its processes where they are: it takes connections, as the kernel does that, and says nothing."""
        assert self._process
        self._all(signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it go on after `hang`. Does nothing otherwise."""
        if self._process:
            self._all(signal.SIGCONT)

    def _all(self, number: signal.Signals) -> None:
        assert self._process
        pid = self._process.pid
        os.kill(pid, number)
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            with suppress(ProcessLookupError):
                os.kill(int(child), number)

    def sql(self, statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Run one statement."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def emptied(self, database: str) -> str:
        """The address of a database that has our schema and no more in it than a new one. It is made when asked for
        first, and emptied later: that is faster than a new one, and to delete a few rows is faster than to truncate."""
        if database not in self._rows:
            self.sql(f"CREATE DATABASE {database} TEMPLATE template0")
            open_store(self.url(database), self.place).close()
            with psycopg.connect(self.url(database)) as connection:
                self._rows[database] = connection.execute("SELECT kind, due FROM jobs").fetchall()
                tables = [row[0] for row in connection.execute(TABLES) if row[0] != "schema_version"]
                self._empty = "; ".join(
                    [
                        "SET LOCAL session_replication_role = replica",  # nobody asks what refers to what
                        f"LOCK TABLE {', '.join(tables)} IN ACCESS EXCLUSIVE MODE",  # what was under way has ended
                        *(f"DELETE FROM {table}" for table in tables),  # noqa: S608 - names of ours
                        *(f"SELECT setval('{row[0]}', {row[1]}, false)" for row in connection.execute(SEQUENCES)),
                    ]
                )
        with psycopg.connect(self.url(database)) as connection:
            connection.execute(self._empty.encode())
            connection.execute(
                "INSERT INTO users (name, skeleton, title, role, created) VALUES "
                "('webchat', 'webchat', 'webchat', 'bot', 0)"
            )
            connection.cursor().executemany("INSERT INTO jobs (kind, due) VALUES (%s, %s)", self._rows[database])
        return self.url(database)


@contextmanager
def running() -> Iterator[Postgres]:
    """A PostgreSQL that runs. It is another user's, to whom pytest shuts its own folders whenever it starts."""
    with tempfile.TemporaryDirectory(prefix="webchat-postgres-") as place:
        server = Postgres(Path(place))
        server.make()
        try:
            yield server.start()
        finally:
            server.stop()


class Pgbouncer:
    """PgBouncer before a PostgreSQL, in transaction mode: its few connections are shared by all who come."""

    def __init__(self, postgres: Postgres, place: Path) -> None:
        self.port = free_port()
        self._user = postgres.user
        self._program = program("pgbouncer")
        self._settings = place / "pgbouncer.ini"
        self._log = place / "pgbouncer.log"
        self._settings.write_text(
            f"[databases]\n* = host=127.0.0.1 port={postgres.port} user=webchat\n[pgbouncer]\npool_mode = transaction\n"
            f"default_pool_size = 2\nlisten_addr = 127.0.0.1\nlisten_port = {self.port}\nauth_type = any\n"
            "unix_socket_dir =\nserver_login_retry = 1\n"
        )
        for folder in (place, *place.parents):
            if folder.stat().st_uid == os.geteuid() and folder != Path("/"):
                folder.chmod(folder.stat().st_mode | 0o055)

    def __enter__(self) -> "Pgbouncer":
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [self._program, str(self._settings)], stdout=log, stderr=log, cwd="/", user=self._user
            )
        for _ in range(100_000):
            assert self._process.poll() is None, self._log.read_text()
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return self
        raise AssertionError(f"PgBouncer does not answer:\n{self._log.read_text()}")

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(20)


if __name__ == "__main__":
    server = Postgres(Path(sys.argv[1]))
    server.make()
    server.start()
    print(server.url(), flush=True)
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    server.stop()
