"""The server itself: the demo, the site, its trash, its slow requests, a new beginning."""

from invoke.context import Context

from databoard.tasks.console import command, server_session, train


@command()
def test_setup(c: Context, force: bool = False) -> None:
    """Build the demo: problems, events, accounts, deposited submissions, all trained. Refused in production."""
    import config
    from databoard import worker as training_worker
    from databoard.ops import demo, schema

    demo.refuse_in_production(config.load())
    schema.upgrade(config.load().db_url)
    with server_session() as (settings, session, store, now):
        for line in demo.provision(session, store=store, now=now, is_forced=force):
            print(line, flush=True)
    train(training_worker, settings)
    print(demo.logins_text(store))


@command()
def serve(c: Context, port: int = 0) -> None:
    """Serve the site, in development with a training worker beside it. Ctrl-C ends both."""
    import config
    from databoard.ops.serve import serve as serve_until_stopped

    settings = config.load()
    settings.web_hosts()  # a wrong setting stops the start here, in one line
    serve_until_stopped(settings, port=int(port) or None)


@command()
def empty_trash(c: Context) -> None:
    """Remove predictions and files that nothing has named for DATABOARD_TRASH_S; workers do it every hour."""
    from databoard.ops import trash

    with server_session() as (settings, session, store, now):
        print(trash.empty_trash(session, store, now=now, keep_s=settings.trash_s))


@command()
def reset(c: Context, yes: str = "", force: str = "") -> None:
    """Show database, rows and bytes; yes=<database> backs up, empties all. Production needs force=production."""
    import config
    from databoard.tasks import reset_report

    reset_report.reset(config.load(), yes=yes, force=force)


@command()
def profile(c: Context, port: int = 0, profiling_file: str = "profiler.log") -> None:
    """Serve with one process that writes the 30 slowest calls of each request to a file."""
    import config
    from databoard.ops.profile import serve_profiled
    from manage import application

    serve_profiled(application(), config.load(), port=int(port) or None, profiling_file=profiling_file)
