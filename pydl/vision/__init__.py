"""What programs for images need, under torchvision's names."""

from pydl.vision import ops as ops
