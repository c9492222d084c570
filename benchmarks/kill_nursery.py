"""Two senders of the kill harness: started, killed, and started again."""

import random
import signal
from dataclasses import dataclass, replace
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path

from benchmarks.kill_sender import STEPS, Orders, work


@dataclass
class _Sender:
    """A process; `doomed` to kill itself at some step."""

    process: BaseProcess
    log: Path
    doomed: bool

    def is_at_work(self) -> bool:
        return self.log.exists() and self.log.stat().st_size > 0

    def kill(self) -> None:
        self.doomed = False
        self.process.kill()
        self.process.join()


class Nursery:
    """Keeps the sender processes and counts how they ended. They are forked from a server that has
    everything loaded: a killed sender is back at once."""

    def __init__(self, orders: Orders, chance: random.Random) -> None:
        self.orders, self.chance = orders, chance
        self.kills = self.on_purpose = self.started = 0
        self.failures: list[str] = []
        self.running: list[_Sender] = []
        self._fork = get_context("forkserver")
        self._fork.set_forkserver_preload(["benchmarks.kill_sender"])

    def start(self, *, doomed: bool = False) -> None:
        self.started += 1
        orders = replace(self.orders, log=self.orders.folder / f"sender-{self.started}.log")
        if doomed:
            step = self.chance.choice(list(STEPS))
            orders = replace(orders, die_at=step, die_after=self.chance.randint(1, STEPS[step]))
        process = self._fork.Process(target=work, args=[orders])
        process.start()
        self.running.append(_Sender(process, orders.log, doomed))

    def replace_dead(self, *, doomed: bool) -> None:
        """Start another for each that died; every second one is `doomed`."""
        for sender in [one for one in self.running if not one.process.is_alive()]:
            self.running.remove(sender)
            if sender.process.exitcode == -signal.SIGKILL:
                self.kills += 1
                self.on_purpose += sender.doomed
            else:
                text = sender.log.read_text(encoding="utf-8", errors="replace")
                self.failures.append(f"a sender ended by itself: {text[-600:]}")
            self.start(doomed=doomed and self.chance.random() < 0.5)

    def are_at_work(self) -> bool:
        return all(sender.is_at_work() for sender in self.running)

    def kill_one(self) -> None:
        spared = [one for one in self.running if not one.doomed]
        self.chance.choice(spared or self.running).kill()

    def end(self) -> None:
        for sender in self.running:
            sender.kill()
