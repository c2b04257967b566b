# The images of docker-compose.yml: `proxy` (Caddy with our Caddyfile) and `portal` (web, worker and beat).

FROM caddy:2.11-alpine AS proxy
# The original may bind low ports by a capability of its file, which cannot be started where all are dropped; a copy of it
# has none. Whoever runs it owns where it keeps certificates.
RUN cp /usr/bin/caddy /tmp/caddy && mv /tmp/caddy /usr/bin/caddy && chown -R 10001:10001 /data /config
COPY deploy/Caddyfile /etc/caddy/Caddyfile
USER 10001:10001

FROM python:3.13-slim-trixie AS build
WORKDIR /app
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
COPY requirements/base.txt requirements/build.txt requirements/
# Wheels only, so that nothing is compiled, and each with a hash that is checked.
RUN python -m venv --without-pip /venv \
 && pip --python /venv/bin/python install --require-hashes --only-binary :all: --requirement requirements/base.txt \
 && pip install --target /build --require-hashes --only-binary :all: --requirement requirements/build.txt
COPY . .
# These values make the settings readable and stay behind in this stage.
RUN export SECRET_KEY=unused DATABASE_URL=postgres://unused/unused REDIS_URL=redis://unused STATIC_ROOT=/static \
 && PYTHONPATH=/build /venv/bin/python -m portal.translations \
 && /venv/bin/python manage.py collectstatic --no-input --verbosity 0 \
 && /venv/bin/python -m compileall -q -j 0 .

FROM python:3.13-slim-trixie AS portal
RUN pip uninstall --yes --quiet --root-user-action ignore pip && rm -r /usr/local/lib/python3.13/ensurepip \
 && groupadd --system --gid 10001 doorbraak \
 && useradd --system --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin doorbraak
WORKDIR /app
COPY --from=build /venv /venv
COPY --from=build /static /static
COPY --from=build /app /app
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 STATIC_ROOT=/static
USER 10001:10001
EXPOSE 8000
