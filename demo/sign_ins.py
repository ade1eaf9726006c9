"""``python -m demo.sign_ins``: who can sign in to the demo city. Kept light, for every start prints it."""

from __future__ import annotations

import os

from demo.words import STAFF

PASSWORD = "sujian-demo"  # noqa: S105 - demo accounts only; refused in production
SHOWN = ("lead", "inspector", "colleague", "trainee", "business", "manager", "citylead", "inspector204", "admin")
BUSINESS = ("a food business", "BIZ", "450203")


def tell(public_url: str) -> None:
    """Print the address, the password and a person of every kind."""
    people = {username: (name, role, region) for username, name, role, region in STAFF}
    print(f"\n  {public_url}    password of all: {PASSWORD}")
    for username in SHOWN:
        name, role, region = people.get(username, BUSINESS)
        print(f"    {username:<14} {role:<5} {region}  {name}")
    print(flush=True)


if __name__ == "__main__":
    tell(os.environ.get("PUBLIC_URL", "http://127.0.0.1:8000"))
