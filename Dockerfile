FROM node:22-slim AS browser
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --no-fund --no-audit
COPY web/build.mjs web/build.mjs
COPY web/assets web/assets
RUN node web/build.mjs

FROM python:3.12-slim
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 FLASK_APP=wsgi.py
WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY . .
COPY --from=browser /app/web/static/dist web/static/dist
RUN pybabel compile -d web/translations \
 && useradd --system --uid 10001 --home-dir /app sujian \
 && mkdir -p /data/blobs /data/keys var && chown -R sujian /data var
USER sujian
EXPOSE 8000
CMD ["gunicorn", "--bind", "0.0.0.0:8000", "--workers", "3", "--threads", "4", "wsgi:create_app()"]
