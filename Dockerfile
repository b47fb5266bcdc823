# The base may be any glibc image with Python 3.11 or later, its venv module and pip. Dependabot keeps the digest new.
ARG BASE_IMAGE=docker.io/library/python:3.13-slim@sha256:7c61056e61ac89e852de05f3dc6fa51a6dd2181797bceed46aa725dd7cb2cd3b

FROM ${BASE_IMAGE} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_NO_COMPILE=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /src
# The dependencies come first: their layer is built again only when a lock file changes.
COPY requirements/build.txt requirements/run.txt requirements/
RUN python3 -m venv /build \
 && /build/bin/pip install --require-hashes --no-deps --only-binary=:all: -r requirements/build.txt \
 && python3 -m venv /opt/scim-operator \
 && /opt/scim-operator/bin/pip install --require-hashes --no-deps --only-binary=:all: -r requirements/run.txt
COPY pyproject.toml README.md LICENSE ./
COPY operator operator
# Byte code is compiled here, for the root file system is read-only at run time; unchecked, for a builder may rewrite file times.
RUN /build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /wheel . \
 && /opt/scim-operator/bin/pip install --no-deps --no-index /wheel/*.whl \
 && /opt/scim-operator/bin/python -m pip uninstall --yes --quiet pip setuptools \
 && find /opt/scim-operator -depth -type d \( -name tests -o -name __pycache__ \) -exec rm -rf {} + \
 && /opt/scim-operator/bin/python -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/scim-operator/lib

FROM ${BASE_IMAGE}
LABEL org.opencontainers.image.title="scim-operator" \
      org.opencontainers.image.description="Provisions users and groups from Kubernetes manifests to SCIM 2.0 services" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /opt/scim-operator /opt/scim-operator
ENV PATH=/opt/scim-operator/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /
# A number, so that the kubelet can tell that it is not root.
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["scim-operator"]
