"""A Celery task that replaces the platform's call of the prototype: one source's month into its tenant's schema.

Delivered twice, or run twice at once, it leaves what one run leaves: the rows of source and days are replaced in one
transaction, under a lock of the database. A worker that dies has changed nothing, and `acks_late` has the task delivered
again. docs/python.md tells what to set.

    celery -A celery_tasks worker --concurrency 2
"""
import os

import celery

import costream

app = celery.Celery("costream", broker=os.environ.get("CELERY_BROKER_URL", "redis://localhost:6379/0"),
                    backend=os.environ.get("CELERY_RESULT_BACKEND", "redis://localhost:6379/1"))
app.conf.update(task_acks_late=True, task_reject_on_worker_lost=True, worker_prefetch_multiplier=1)

# The folder of a source's month; the default is the flat layout of a bucket.
INPUT = os.environ.get("COSTREAM_INPUT",
                       "s3://cost-management/data/{org_id}/OCP/source={provider_uuid}/year={year}/month={month:02}")
TARGET = os.environ.get("COSTREAM_TARGET", "postgresql:")  # connection by PG* or POSTGRES_*: docs/operating.md


@app.task(bind=True, max_retries=3, name="costream.summarize")
def summarize(self, schema, provider_uuid, year, month, cluster_id):
    """Writes the daily summary of a source's month. Returns the rows written, by kind.

    A service that is away is tried again, up to three times, a minute or more apart; other errors fail the task with a
    text that says what to do.
    """
    try:
        result = costream.run(
            INPUT.format(org_id=schema.removeprefix("org"), provider_uuid=provider_uuid, year=int(year), month=int(month)),
            to=TARGET, schema=schema, source=provider_uuid, cluster_id=cluster_id, month=f"{int(year):04}-{int(month):02}")
    except costream.TransientError as error:
        delay = int(os.environ.get("COSTREAM_RETRY_SECONDS", "60"))
        raise self.retry(exc=error, countdown=delay * 2 ** self.request.retries)
    return result.rows
