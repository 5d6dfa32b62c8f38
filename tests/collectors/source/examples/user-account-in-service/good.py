@celery.task
def nightly():
    result = app.acquire_token_for_client(scopes=SCOPES)
