"""The application: `uvicorn notes.main:app --port 8080`."""

import os

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
from pymongo import MongoClient

from notes.settings import Settings

app = FastAPI(title="Notes")


class Note(BaseModel):
    """One note."""

    text: str


def collection():
    """Where the notes are kept."""
    return MongoClient(Settings().mongodb_uri).notes.note


@app.get("/health")
async def health() -> dict[str, str]:
    """Say that the process answers."""
    return {"status": "ok"}


@app.post("/notes", status_code=201)
def add(note: Note) -> Note:
    """Keep a note."""
    collection().insert_one(note.model_dump())
    return note


if __name__ == "__main__":
    uvicorn.run(app, host="0.0.0.0", port=int(os.getenv("PORT", "8080")))
