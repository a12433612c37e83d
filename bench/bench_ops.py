"""Time products of the shapes that networks use, and the op table's rows: python bench/bench_ops.py --torch"""

from runner import main

if __name__ == "__main__":
    main("ops")
