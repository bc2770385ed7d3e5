"""What can go wrong with backups, each in one line that says the cure."""

from bot.errors import StadtdrahtError


class BackupError(StadtdrahtError):
    """A backup could not be made; nothing stands under its name."""

    code = "backup_failed"


class BrokenBackupError(StadtdrahtError):
    """The file is no backup, or not a whole one."""

    code = "backup_broken"


class NewerBackupError(StadtdrahtError):
    """A newer version of Stadtdraht made this backup."""

    code = "backup_newer"


class LockedBackupError(StadtdrahtError):
    """The backup is encrypted, and what was given does not open it."""

    code = "backup_locked"


class PlaceTakenError(StadtdrahtError):
    """A backup is restored into an empty place only."""

    code = "place_taken"


class UnfinishedRestoreError(StadtdrahtError):
    """Somebody ended a restore before it was through."""

    code = "restore_unfinished"


class UpgradeFailedError(StadtdrahtError):
    """The new schema could not be made; the old one is there."""

    code = "upgrade_failed"
