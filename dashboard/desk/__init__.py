"""The desk: what staff see and do."""

from fastapi import APIRouter

router = APIRouter()
