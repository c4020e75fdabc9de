from prometheus_client import Counter, Gauge, Histogram

VISITS = Counter("clinic_visits", "Patients who came.", ["ward"])
WAITING = Gauge("clinic_waiting_patients", "Patients in the waiting room.")
WAIT = Histogram(
    "wait_seconds",
    "How long patients waited.",
    namespace="clinic",
    buckets=(60, 300, 900, 3600),
)
