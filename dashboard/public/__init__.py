"""The citizens' pages."""

from fastapi import APIRouter

router = APIRouter()
