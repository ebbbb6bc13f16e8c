"""The workbench: which widgets somebody meets after the log-in, by the templates of their roles."""
