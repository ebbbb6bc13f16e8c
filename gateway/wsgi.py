"""What gunicorn serves: `gunicorn -c gateway/gunicorn_conf.py gateway.wsgi:app`."""

from gateway.app import create_app
from shared.settings import Settings
from shared.telemetry import start_logging

settings = Settings.from_env()
start_logging(settings.log_level)
app = create_app(settings)
