"""What a campaign of fits costs: a fit with and without shared programs, a result, a row, a task, a study found.

python benchmarks/campaign.py [--json FILE] [--studies N]

The studies are a-SiO2-kappa with other glass constants and data simulated at other parameters, of equal numbers of rows
and of unequal ones. Times are CPU seconds of one process that keeps to one core, so that others on the machine count
little; of the campaign as a whole, and of the scheduler, they are wall times too. See docs/scale.md.
"""

import argparse
import itertools
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from timing import peak_memory

ONE_CORE = {
    "OMP_NUM_THREADS": "1",
    "NPROC": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
    "JAX_PLATFORMS": "cpu",
}
STUDY = "a-SiO2-kappa"
TOML = """
glass = {{ name = "{name}", glass_temperature = {tg}, debye_temperature = 342, density = 2e3, sound_speed = 4e3 }}
[[data]]
file = "kappa-cahill-pohl-1988.csv"
[free]
softening = {{ distribution = "uniform", low = 0.0, high = 0.9 }}
"""

Plain = dict[str, Any]


def simulated(count: int) -> tuple[list[Plain], list[Plain]]:
    """Studies of equal numbers of rows, and of unequal ones, as plain values."""
    import numpy as np

    import glassjax as gj
    from glassjax.fitting.predictive import stable_draws
    from glassjax.problem.sharing import SharedPrograms

    gj.enable_x64()
    base, programs, rng = gj.Study.load(STUDY), SharedPrograms(), np.random.default_rng(1)
    truths = stable_draws(base, count, rng)
    equal, unequal = [], []
    for i in range(count):
        plain = base.to_dict()
        for constant in ("glass_temperature", "debye_temperature", "density", "sound_speed"):
            plain["glass"][constant] *= float(np.exp(0.1 * rng.standard_normal()))
        study = gj.Study.from_dict(plain | {"name": f"silica-{i}"})
        programs.share(study)
        other = study.simulate({name: float(column[i]) for name, column in truths.items()}, seed=i)
        equal.append(other.to_dict())
        cut = other.to_dict()
        cut["data"][0]["from"] = float(np.exp(rng.uniform(np.log(0.08), np.log(0.3))))
        cut["data"][0]["to"] = float(np.exp(rng.uniform(np.log(30.0), np.log(100.0))))
        unequal.append(cut)
    return equal, unequal


def fits(path: str, share: bool, cache: str) -> Plain:
    """Fit the studies in a file one after the other, as a worker does; CPU seconds of each and of its parts."""
    begin = time.process_time()
    import jax

    import glassjax as gj
    from glassjax.campaigns.campaign import row_of
    from glassjax.problem.sharing import SharedPrograms

    gj.enable_x64()
    if cache:
        jax.config.update("jax_compilation_cache_dir", cache)
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.5)
    programs = SharedPrograms()
    started = time.process_time() - begin
    parts, rows, size, structures = [], [], 0, set()
    for plain in json.loads(Path(path).read_text()):
        clock = [time.process_time()]
        study = gj.Study.from_dict(plain)
        if share:
            programs.share(study)
        clock.append(time.process_time())
        found = study.maximise()
        clock.append(time.process_time())
        with tempfile.TemporaryDirectory() as folder:
            size = found.save(f"{folder}/maximum.nc").stat().st_size
        clock.append(time.process_time())
        row = row_of(found)
        clock.append(time.process_time())
        parts.append([after - before for before, after in itertools.pairwise(clock)])
        rows.append(row["rows"])
        structures.add(programs.structures)
    totals = [sum(part) for part in parts]
    names = ("study_s", "maximum_s", "save_s", "row_s")
    return {
        "fits": len(totals),
        "import_s": started,
        "first_s": totals[0],
        "median_s": statistics.median(totals[1:]),
        "mean_s": statistics.mean(totals[1:]),
        "slowest_s": max(totals[1:]),
        **{
            name: statistics.median(column[1:])
            for name, column in zip(names, zip(*parts, strict=True), strict=True)
        },
        "result_bytes": size,
        "rows": [min(rows), max(rows)],
        "structures": programs.structures,
        "peak_mb": peak_memory(),
    }


def whole(path: str, table_only: bool) -> Plain:
    """Run a campaign of the studies in a file on two workers: wall and CPU seconds, files and bytes."""
    import glassjax as gj

    studies = [gj.Study.from_dict(plain) for plain in json.loads(Path(path).read_text())]
    with tempfile.TemporaryDirectory() as folder:
        wall, cpu = time.perf_counter(), sum(os.times()[:4])
        found = gj.campaign(studies, folder, workers=2, table_only=table_only)
        wall, cpu = time.perf_counter() - wall, sum(os.times()[:4]) - cpu
        programs = [entry for entry in (Path(folder) / ".programs").rglob("*") if entry.is_file()]
        files = [entry for entry in Path(folder).rglob("*") if entry.is_file() and entry not in programs]
        return {
            "fits": len(studies),
            "counts": found.counts,
            "wall_s": wall,
            "cpu_s": cpu,
            "files": len(files),
            "bytes": sum(entry.stat().st_size for entry in files),
            "program_bytes": sum(entry.stat().st_size for entry in programs),
        }


def scheduler(tasks: int) -> Plain:
    """Hand out tasks that do nothing, as a campaign hands out fits; tasks a second."""
    from glassjax.campaigns import run
    from glassjax.campaigns.cluster import connected
    from glassjax.campaigns.sources import Source
    from glassjax.campaigns.task import Orders, Task

    run.fit_studies = nothing
    orders = Orders("", "", False, None, {}, True, True, "")
    with connected(2, None, Path()) as client:
        todo = (
            Task(i, Source(f"study-{i}", f"/studies/study-{i}.toml"), f"/out/fits/{i}") for i in range(tasks)
        )
        begin, cpu = time.perf_counter(), time.process_time()
        count = sum(1 for _ in run._rows(client, todo, orders))
        return {
            "tasks": count,
            "per_s": count / (time.perf_counter() - begin),
            "client_and_scheduler_cpu_ms": 1e3 * (time.process_time() - cpu) / count,
        }


def nothing(tasks: Any, orders: Any) -> list[Plain]:
    """Be done."""
    return [{"index": task.index, "sample": orders.sample} for task in tasks]


def tables(count: int) -> Plain:
    """Append and collect rows of finished fits; seconds and bytes."""
    from glassjax.campaigns.folder import CampaignFolder

    row: Plain = {
        "study": "silica",
        "source": "/studies/silica.toml",
        "glass": "a-SiO2",
        "theory": "LubchenkoWolynes",
    }
    row |= {
        "status": "done",
        "ok": True,
        "reasons": "",
        "error": "",
        "rows": 30,
        "log_posterior": 1.2345678901234567,
    }
    row |= {
        "log_evidence": 0.12345678901234567,
        "seed": 0,
        "seconds": 0.789,
        "worker": "node17:12345",
        "folder": "",
    }
    for name in ("softening", "c", "B", "R"):
        row |= {
            name: 0.12345678901234567,
            f"{name}.low": 0.0123456789012345,
            f"{name}.high": 1.2345678901234567,
        }
    row["rms.kappa"] = 0.123456789012345
    rng = random.Random(1)

    def other(i: int) -> Plain:
        return {
            name: value * rng.random() if isinstance(value, float) else value for name, value in row.items()
        } | {
            "index": i,
            "study": f"silica-{i}",
        }

    with tempfile.TemporaryDirectory() as folder:
        kept = CampaignFolder(Path(folder), again="", discard="", elsewhere="")
        begin = time.process_time()
        for first in range(0, count, 1000):
            kept.append([other(i) for i in range(first, first + 1000)])
        appended = time.process_time()
        done = len(kept.done())
        read = time.process_time()
        table = kept.table()
        made = time.process_time()
        kept.write_tables(table)
        written = time.process_time()
        sizes = {entry.name: entry.stat().st_size for entry in Path(folder).iterdir()}
    return {
        "rows": done,
        "append_s": appended - begin,
        "done_s": read - appended,
        "table_s": made - read,
        "write_s": written - made,
        "bytes_a_row": {name: size / count for name, size in sizes.items()},
        "peak_mb": peak_memory(),
    }


def found(count: int) -> Plain:
    """Find and fingerprint study files; seconds."""
    from glassjax.campaigns.sources import find_sources, fingerprint_of

    with tempfile.TemporaryDirectory() as folder:
        for i in range(count):
            (Path(folder) / f"study-{i}.toml").write_text(TOML.format(name=f"glass-{i}", tg=1500 + i % 7))
        begin = time.process_time()
        sources = find_sources([folder])
        listed = time.process_time()
        fingerprint_of(sources)
        return {"studies": count, "find_s": listed - begin, "fingerprint_s": time.process_time() - listed}


def apart(part: str, *arguments: Any) -> Plain:
    """Run one of the functions above in a process of its own, on one core where that matters."""
    command = [sys.executable, __file__, "--part", part, "--arguments", json.dumps(arguments)]
    environment = os.environ | (ONE_CORE if part == "fits" else {})
    answer = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    print(part, *arguments, answer.stdout.strip(), file=sys.stderr, flush=True)
    return json.loads(answer.stdout.splitlines()[-1])


def measure(count: int) -> Plain:
    """Everything, and where it was measured."""
    results: Plain = {
        "machine": platform.platform(),
        "cores": os.cpu_count(),
        "versions": {name: version(name) for name in ("glassjax", "jax", "distributed", "numpy", "pandas")},
        "load": os.getloadavg(),
    }
    with tempfile.TemporaryDirectory() as folder:
        names = {name: f"{folder}/{name}.json" for name in ("equal", "unequal", "few")}
        equal, unequal = simulated(count)
        for name, studies in (("equal", equal), ("unequal", unequal), ("few", equal[:4])):
            Path(names[name]).write_text(json.dumps(studies))
        results["alone"] = apart("fits", names["few"], False, "")
        results["shared"] = apart("fits", names["equal"], True, f"{folder}/programs")
        results["restarted"] = apart("fits", names["few"], True, f"{folder}/programs")
        results["unequal"] = apart("fits", names["unequal"], True, f"{folder}/programs-unequal")
        results["campaign"] = apart("whole", names["equal"], False)
        results["table_only"] = apart("whole", names["equal"], True)
    results["scheduler"] = apart("scheduler", 4_000)
    results["tables"] = apart("tables", 100_000)
    results["found"] = apart("found", 2_000)
    return results


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Measure what a campaign of fits costs.")
    parser.add_argument("--json", type=Path, help="file to write the numbers to")
    parser.add_argument("--studies", type=int, default=40, help="studies of each kind")
    parser.add_argument("--part", help=argparse.SUPPRESS)
    parser.add_argument("--arguments", default="[]", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part:
        print(json.dumps(globals()[options.part](*json.loads(options.arguments))))
    else:
        text = json.dumps(measure(options.studies), indent=1)
        print(text)
        if options.json:
            options.json.write_text(text + "\n")
