"""The demo city: vehicles, crews, callers and an autopilot, all real network clients of the service.

`python -m console.simulate` reads its plan (see `plan.Plan`) as one JSON document from standard input and
runs until standard input closes or SIGTERM comes. It speaks to the service only as others do: NMEA to the
gateway, JSON to the API, the feed's frames back; see docs/protocols.md.
"""
