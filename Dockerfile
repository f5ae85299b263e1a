# One image for web, worker and clock; which of them it is says the command (see compose.yaml).
FROM node:24-bookworm-slim AS assets
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts

FROM python:3.11-slim-bookworm
# Pango and a Chinese font for PDF files; the client programs of PostgreSQL for backups.
RUN apt-get update && apt-get install -y --no-install-recommends \
        libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk postgresql-client \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --create-home --uid 10001 zoufang
WORKDIR /app
COPY requirements.txt requirements-ldap.txt requirements-sentry.txt ./
RUN pip install --no-cache-dir -r requirements.txt -r requirements-ldap.txt -r requirements-sentry.txt
COPY --from=assets /build/node_modules node_modules
COPY . .
ENV NO_SERVICES=1 VAR_DIR=/var/lib/zoufang PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
RUN mkdir -p "$VAR_DIR" && python -m tools.vendor && python -m tools.messages --compile \
    && SECRET_KEY=build python manage.py collectstatic --noinput -v0 \
    && chown -R zoufang: "$VAR_DIR"
USER zoufang
VOLUME /var/lib/zoufang
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["gunicorn", "crm.wsgi", "--bind", "0.0.0.0:8000", "--workers", "4", "--threads", "4", "--timeout", "60"]
