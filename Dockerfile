# One webchat server. It needs no root and writes only to /data.
FROM python:3.13-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY webchat webchat
RUN python -m venv /opt/webchat && /opt/webchat/bin/pip install --no-cache-dir '.[redis,postgres,images]'

FROM python:3.13-slim
COPY --from=build /opt/webchat /opt/webchat
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin webchat && install -d -o webchat -m 700 /data
ENV PATH=/opt/webchat/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 WEBCHAT_DATA=/data WEBCHAT_HOST=0.0.0.0
USER 10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=40s \
  CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
ENTRYPOINT ["webchat"]
CMD ["serve"]
