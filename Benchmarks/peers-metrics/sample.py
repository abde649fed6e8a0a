"""Prints a page in text format 0.0.4 like a server's: 240 families of all types, about 190 kB; always the same."""
import random

draw = random.Random(3)
UNITS = ["seconds", "bytes", "requests", "connections"]


def labels(names, extra=""):
    pairs = [f'{name}="{draw.choice(["eu-west-1", "GET", "/api/v1/items", "node-17", "ok", "500"])}"' for name in names]
    pairs += [extra] if extra else []
    return "{" + ",".join(pairs) + "}" if pairs else ""


for index in range(240):
    kind = draw.choice(["counter", "gauge", "gauge", "histogram", "summary"])
    suffix = "_total" if kind == "counter" else ""
    name = f"server_part{index}_{draw.choice(UNITS)}{suffix}"
    print(f"# HELP {name} What the part number {index} of the server did since it was started.")
    print(f"# TYPE {name} {kind}")
    names = draw.sample(["region", "method", "path", "instance", "code"], draw.randint(0, 3))
    for child in range(draw.choice([1, 1, 2, 4, 8])):
        mine = names + ([f"child{child}"] if child else [])
        if kind == "histogram":
            total = 0
            for bound in ["0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "+Inf"]:
                total += draw.randint(0, 500)
                extra = f'le="{bound}"'
                print(f"{name}_bucket{labels(mine, extra)} {total}")
            print(f"{name}_sum{labels(mine)} {draw.random() * total}")
            print(f"{name}_count{labels(mine)} {total}")
        elif kind == "summary":
            for quantile in ["0.5", "0.9", "0.99"]:
                extra = f'quantile="{quantile}"'
                print(f"{name}{labels(mine, extra)} {draw.expovariate(10)}")
            print(f"{name}_sum{labels(mine)} {draw.random() * 1000}")
            print(f"{name}_count{labels(mine)} {draw.randint(1, 100000)}")
        else:
            value = draw.choice([draw.randint(0, 10**9), draw.random() * 100, 1.5e9 + draw.random(), 0])
            print(f"{name}{labels(mine)} {value}")
