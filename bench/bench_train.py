"""Time whole training steps, and the overhead of small operations: python bench/bench_train.py --torch"""

from runner import main

if __name__ == "__main__":
    main("train")
