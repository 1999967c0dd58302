"""In place of PyNN: pyNN.stub takes what PyNN's standard models take, refuses what they refuse, and runs nothing."""
