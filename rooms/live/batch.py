"""Questions that are asked at the same time, answered in one go."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

AT_ONCE = 100
"""Questions in one batch: a storm must not make one query of any length."""


class Batch[Question, Answer]:
    """Collects what is asked while the last batch is being answered: alone nobody waits, in a storm all share.

    `answer_all` gets the questions and returns as many answers in their order. An exception among them is raised for
    who asked that question; one that it raises itself, for all.
    """

    def __init__(self, answer_all: Callable[[Sequence[Question]], Awaitable[Sequence[Answer | Exception]]]) -> None:
        self._answer_all = answer_all
        self._waiting: list[tuple[Question, asyncio.Future[Answer]]] = []
        self._worker: asyncio.Task[None] | None = None

    async def ask(self, question: Question) -> Answer:
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, future))
        if self._worker is None:
            # A task of its own: whoever asks first may be gone before the others have their answers.
            self._worker = asyncio.create_task(self._work())
        return await future

    async def _work(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:AT_ONCE], self._waiting[AT_ONCE:]
                await self._answer(batch)
        finally:
            self._worker = None

    async def _answer(self, batch: list[tuple[Question, asyncio.Future[Answer]]]) -> None:
        try:
            answers = await self._answer_all([question for question, _ in batch])
        except Exception as error:
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
        else:
            for (_, future), answer in zip(batch, answers, strict=True):
                if future.done():
                    continue
                if isinstance(answer, Exception):
                    future.set_exception(answer)
                else:
                    future.set_result(answer)
        finally:
            for _, future in batch:
                future.cancel()  # Nothing, where there is an answer; at the end of the loop nobody waits for ever.
