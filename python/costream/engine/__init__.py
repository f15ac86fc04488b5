"""Runs spread over processes: sources and days as units that an engine schedules (docs/scaling.md).

    spread.py     one run: plan, units, replace, report
    plan.py       a source's units, and what its tasks are told
    work.py       what a task does; the same on every engine
    schedule.py   tasks through an engine, tried again
    local.py      an engine in this process
    ray.py        an engine on Ray
    staging.py    rows that wait until their source is complete, then replace what was there
    command.py    `costream run --engine`
"""
