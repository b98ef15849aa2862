"""Forecast when a waiting submission starts: queue as plain values, durations, simulation, calibration.

Pure: no session, no clock, no settings. `services/queue` reads the snapshot and records what comes out."""
