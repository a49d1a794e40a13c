# Buque as a container: the folder with documents at /in, the results at /out.
#   docker build -t buque .
#   docker run --rm --network none -v "$PWD/scans:/in:ro" -v "$PWD/out:/out" buque
#   docker run -d --network none -v scans:/in:ro -v out:/out buque watch /in /out
FROM python:3.11-slim AS build
RUN apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends g++ cmake make \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /buque
COPY requirements.lock requirements-build.lock pyproject.toml setup.py README.md LICENSE ./
COPY scripts/install.sh scripts/fetch_kenlm.py scripts/
COPY pipeline pipeline
COPY models models
RUN python -m venv .venv \
 && sh scripts/install.sh .venv \
 && rm -rf build

FROM python:3.11-slim
RUN apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends tesseract-ocr tesseract-ocr-chi-sim \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 1000 --create-home buque \
 && mkdir /out \
 && chown buque /out
COPY --from=build /buque /buque
USER buque
ENV PATH=/buque/.venv/bin:$PATH PYTHONUNBUFFERED=1
STOPSIGNAL SIGTERM
ENTRYPOINT ["buque"]
CMD ["restore", "/in", "--out", "/out"]
