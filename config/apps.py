"""The frame of every page and the commands that belong to no single room."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Registers `config` so that its commands, template tags and static files are found."""

    name = "config"
