"""Reminders by mail: the server they go through, who wants them, and each mail on its way."""
