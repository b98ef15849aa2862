"""Who can open the site: the address to type, and who reaches it. Called by ``fab serve`` at its start."""

from ipaddress import ip_address

EVERYWHERE = ("0.0.0.0", "::", "")  # noqa: S104


def reach(host: str, port: int) -> str:
    """Return one line: where the site is and who can reach it while the server listens on `host`."""
    if host in EVERYWHERE:
        return (
            f"http://localhost:{port}/, and every machine that reaches this one on port {port} can open it "
            "(DATABOARD_HOST=127.0.0.1 keeps it to this machine)"
        )
    shown = f"[{host}]" if ":" in host else host
    if _is_this_machine(host):
        return f"http://{shown}:{port}/, and only this machine can open it"
    return f"http://{shown}:{port}/, and every machine that reaches this address can open it"


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
