"""The reference: pages made from the code itself, so that nothing in them is written twice."""
