#!/usr/bin/env python3
"""The golden CLIXML through `icm ConvertFrom-Clixml` in every format, a line for each format: no crash, valid JSON that says
what the index expects (as far as design.md maps it), and a document that is the same when it is converted again.
usage: clixml_json.py ICM FOLDER SCRATCH"""
import base64
import csv
import json
import pathlib
import subprocess
import sys

ICM, FOLDER, SCRATCH = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
NOTES = {"pscomputername", "psshowcomputername", "runspaceid"}
UNKNOWN = object()  # the mapping says nothing here: any value will do


def run(path, form):
    return subprocess.run([ICM, "ConvertFrom-Clixml", str(path), "-OutputFormat", form], capture_output=True, timeout=60)


def text_of(value):
    return value["v"] if "v" in value else UNKNOWN


def real(value):
    return value["v"] if value["v"] in ("NaN", "Infinity", "-Infinity") else float(value["v"])


def members(value):
    adapted, extended = value.get("adapted", {}), value.get("extended", {})
    if set(adapted) & set(extended):
        return UNKNOWN  # the later of two gets #2
    return {name: expected(v) for name, v in {**adapted, **extended}.items()}


def entries(value):
    out = {}
    for key, item in value["v"]:
        if key["k"] != "S" or "v" not in key or key["v"] in out:
            return UNKNOWN
        out[key["v"]] = expected(item)
    return out


def expected(value):
    kind = value["k"]
    if kind == "Obj" and value.get("value") is not None:
        base = value["value"]
        return expected(base) if base["k"] in ("LST", "QUE", "STK", "DCT") else UNKNOWN
    return MAPPING.get(kind, lambda v: UNKNOWN)(value)


MAPPING = {
    "Nil": lambda v: None,
    "SS": lambda v: None,
    "S": text_of, "G": text_of, "URI": text_of, "Version": text_of, "XD": text_of, "SBK": text_of,
    "C": lambda v: chr(int(v["v"])),
    "B": lambda v: v["v"] in (True, "true", "True"),
    "SB": lambda v: int(v["v"]), "By": lambda v: int(v["v"]), "I16": lambda v: int(v["v"]), "U16": lambda v: int(v["v"]),
    "I32": lambda v: int(v["v"]), "U32": lambda v: int(v["v"]), "I64": lambda v: int(v["v"]), "U64": lambda v: int(v["v"]),
    "D": lambda v: float(v["v"]),
    "Db": real,
    "BA": lambda v: base64.b64encode(bytes.fromhex(v["v"])).decode() if "v" in v else UNKNOWN,
    "LST": lambda v: [expected(i) for i in v["v"]] if isinstance(v.get("v"), list) else UNKNOWN,
    "QUE": lambda v: [expected(i) for i in v["v"]] if isinstance(v.get("v"), list) else UNKNOWN,
    "STK": lambda v: [expected(i) for i in v["v"]] if isinstance(v.get("v"), list) else UNKNOWN,
    "DCT": entries,
    "Obj": members,
}


def agrees(want, seen, is_top=True):
    if want is UNKNOWN:
        return True
    if isinstance(want, dict) and isinstance(seen, dict):
        names = {n for n in want if not (is_top and n.lower() in NOTES)}
        return names == set(seen) and all(agrees(want[n], seen[n], False) for n in names)
    if isinstance(want, dict):
        return not want and isinstance(seen, str)  # no members: its text
    if isinstance(want, list):
        return isinstance(seen, list) and len(want) == len(seen) and all(agrees(w, s, False) for w, s in zip(want, seen))
    if isinstance(want, bool) or isinstance(seen, bool):
        return want is seen
    return want == seen


def json_says_what_is_expected(path, want):
    done = run(path, "Json")
    if done.returncode not in (0, 1):
        return f"status {done.returncode}"
    values = [json.loads(line) for line in done.stdout.decode("utf-8").split("\n") if line]
    if want["k"] == "DeserializeError":
        return None if done.returncode == 1 or values else "nothing was said"
    if done.returncode != 0 or len(values) != 1:
        return f"status {done.returncode}, {len(values)} values: {done.stderr.decode(errors='replace').strip()}"
    if values[0]["stream"] != "output" or not agrees(expected(want), values[0]["value"]):
        return f"{json.dumps(values[0]['value'])[:300]} where {json.dumps(want)[:300]} was due"
    return None


def text_is_text(path, want):
    done = run(path, "Text")
    done.stdout.decode("utf-8")
    return None if done.returncode in (0, 1) else f"status {done.returncode}"


def csv_is_csv(path, want):
    done = run(path, "Csv")
    if done.returncode not in (0, 1):
        return f"status {done.returncode}"
    csv.field_size_limit(1 << 30)
    rows = list(csv.reader(done.stdout.decode("utf-8").replace("\0", "").split("\n"), strict=False))
    return None if done.returncode == 1 or not want["k"] in ("S",) or rows[0] == ["Value"] else f"columns {rows[0]}"


def document_is_stable(path, want):
    first = run(path, "Clixml")
    again = SCRATCH / "again.xml"
    again.write_bytes(first.stdout)
    second = run(again, "Clixml")
    if first.returncode != 0:
        return None if first.returncode == 1 and second.returncode == 0 else f"status {first.returncode}"
    if second.returncode != 0 or first.stdout != second.stdout:
        return f"not the same again: {second.stderr.decode(errors='replace').strip()}"
    return None


def cases():
    rows = (FOLDER / "index.tsv").read_text().splitlines()
    names = rows[0].split("\t")
    for row in rows[1:]:
        case = dict(zip(names, row.split("\t")))
        text = case["expected"]
        yield FOLDER / case["file"], json.loads((FOLDER / text[1:]).read_text() if text.startswith("@") else text)


def main():
    checks = {"Json": json_says_what_is_expected, "Text": text_is_text, "Csv": csv_is_csv, "Clixml": document_is_stable}
    failed = 0
    for form, check in checks.items():
        wrong = []
        count = 0
        for path, want in cases():
            count += 1
            try:
                why = check(path, want)
            except (ValueError, UnicodeError) as e:
                why = f"{type(e).__name__}: {e}"
            if why:
                wrong.append(f"{path.name}: {why}")
        failed += len(wrong)
        print(f"{'not ok' if wrong else 'ok'} golden files as {form}: {count - len(wrong)} of {count}")
        for line in wrong[:20]:
            print(f"    {line}")
    return 1 if failed else 0


sys.exit(main())
