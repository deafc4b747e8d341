"""Clients of AWS services, made quickly, and when they are needed.

A cold start waits for one client, that of the control table: its round begins with it. botocore
makes the same clients as boto3, and leaves out what is slow to load and of no use here.
"""

import logging
import threading
from collections.abc import Callable
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.loaders import Loader

# Lambda sets the level of all loggers (LogLevel in template.yaml). At DEBUG, botocore prints every
# answer whole: that of the parameter store is the token.
logging.getLogger("botocore").setLevel(logging.INFO)


class Aws:
    """What makes the clients of one function container. Safe to use from many threads at once."""

    def __init__(self, region: str | None, config: Config) -> None:
        self._loader = _Loader()
        self._session = botocore.session.get_session()
        self._session.register_component("data_loader", self._loader)
        self._region = region
        self._config = config
        self._lock = threading.Lock()

    def client(self, service: str, region: str | None = None, config: Config | None = None) -> Any:
        """A client of a service, made now: in the container's own region, or another one, and with
        what `config` says otherwise."""
        with self._lock:  # a session makes clients for one thread at a time
            self._loader.services.append(service)
            make: Any = self._session.create_client
            merged = self._config.merge(config) if config else self._config
            return make(service, region_name=region or self._region, config=merged)

    def later(self, service: str, config: Config | None = None) -> Any:
        """What behaves as a client of a service, which is made at its first use."""
        return _Later(lambda: self.client(service, config=config))


class _Loader(Loader):
    """Finds the descriptions of the services that are asked for.

    Its parent looks into four hundred folders for the names of those that could be, each time
    that a client is made.
    """

    def __init__(self) -> None:
        super().__init__()
        self.services: list[str] = []

    def list_available_services(self, type_name: str) -> list[str]:
        """Those that are used."""
        del type_name
        return self.services


class _Later:
    """Stands for a client until one is needed."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._client: Any = None

    def __getattr__(self, name: str) -> Any:
        with self._lock:
            if self._client is None:
                self._client = self._make()
        return getattr(self._client, name)
