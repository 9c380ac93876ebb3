# Two stages: the first builds the wheel with the console in it, the second runs it as nobody in particular.
FROM python:3.13-slim AS build
WORKDIR /src
COPY . .
RUN pip install --no-cache-dir build && python -m build --wheel --outdir /wheels

FROM python:3.13-slim
RUN useradd --system --create-home --uid 10001 skoraya \
 && install -d -o skoraya -g skoraya /var/lib/skoraya /etc/skoraya
COPY --from=build /wheels /wheels
COPY constraints.txt /wheels/constraints.txt
RUN pip install --no-cache-dir --constraint /wheels/constraints.txt "$(ls /wheels/*.whl)[postgres]" && rm -rf /wheels
USER skoraya
# The kernels are compiled at the first start and kept here.
ENV NUMBA_CACHE_DIR=/var/lib/skoraya/numba PYTHONUNBUFFERED=1
VOLUME /var/lib/skoraya
EXPOSE 8000 5039
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/api/health', timeout=2)"]
ENTRYPOINT ["skoraya"]
CMD ["serve", "--config", "/etc/skoraya/skoraya.toml"]
